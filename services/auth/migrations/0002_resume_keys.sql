-- Each signing key brings a key for the gateways' resume tickets, so that both rotate together. Not
-- pgcrypto, which not every server has: 32 bytes of which 244 bits are random. The default is also
-- for replicas of the version before, which do not know the column.
ALTER TABLE auth.signing_keys ADD COLUMN resume_key bytea NOT NULL
  DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
COMMENT ON COLUMN auth.signing_keys.resume_key IS 'HMAC-SHA256 key: guard backups accordingly';
