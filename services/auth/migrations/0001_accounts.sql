-- Accounts, sessions and signing keys.
CREATE TABLE auth.users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uuid uuid NOT NULL UNIQUE,
  username text COLLATE "C" NOT NULL,
  username_key text COLLATE "C" NOT NULL UNIQUE,  -- The username with A-Z lower-cased.
  name text NOT NULL,
  password_hash text COLLATE "C" NOT NULL,        -- Argon2id in PHC string format.
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One row a session however often its refresh token rotates. A token is the secret of its family
-- and the secret of its rotation; only their SHA-256 digests are here.
CREATE TABLE auth.sessions (
  id uuid PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES auth.users (id),
  family_digest bytea NOT NULL UNIQUE,
  rotation_digest bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,                -- Of the refresh token given last.
  revoked_at timestamptz                          -- By this server's clock.
);
CREATE INDEX sessions_user_id ON auth.sessions (user_id);
CREATE INDEX sessions_expires_at ON auth.sessions (expires_at);
CREATE INDEX sessions_revoked_at ON auth.sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE auth.signing_keys (
  kid text COLLATE "C" PRIMARY KEY,
  seed bytea NOT NULL,                            -- Ed25519 seed: guard backups accordingly.
  created_at timestamptz NOT NULL,
  retired_at timestamptz
);
