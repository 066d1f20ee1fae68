-- Rises with each rename of the user, so that whoever is told of several knows the newest. It is a time
-- where it can be, in microseconds: then it also rises over what a restored backup has forgotten.
ALTER TABLE auth.users ADD COLUMN name_version bigint NOT NULL DEFAULT 0;
