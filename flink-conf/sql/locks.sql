-- Leases and fences in PostgreSQL: docs/locks.md. Run it once, as the owner of the database; running it again changes nothing.
-- Leases are where jobs ask for them; fences are in each database that is written to under a lease. The job's role needs
-- no DDL rights: see locks-roles.sql.

CREATE SCHEMA IF NOT EXISTS onceflow;

-- One row per key that was ever locked. It stays when the lease is given back, so that tokens never come again.
CREATE TABLE IF NOT EXISTS onceflow.lease (
  key        text PRIMARY KEY,
  token      bigint NOT NULL CHECK (token BETWEEN 1 AND 9007199254740991), -- rises with every holder
  owner      text,                                                         -- NULL once it was given back
  expires_at timestamptz NOT NULL                                          -- this server's clock
);

-- The highest token that this database has seen of each key. Only raise_fence writes it: no role can lower it.
CREATE TABLE IF NOT EXISTS onceflow.fence (
  key       text PRIMARY KEY,
  token     bigint NOT NULL,
  owner     text NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now()
);

-- The first statement of a transaction that reads or writes what the key protects. It fails with SQLSTATE OF001, and the
-- transaction with it, when a higher token was here, or this one with another owner. Until the transaction ends nobody else
-- passes this key's fence, so a newer holder waits for an older one's COMMIT and sees what it wrote. Not in a transaction that
-- will be PREPAREd: it would keep that lock until somebody settles it.
CREATE OR REPLACE FUNCTION onceflow.raise_fence(lock_key text, lock_token bigint, lock_owner text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  highest onceflow.fence%ROWTYPE;
BEGIN
  INSERT INTO onceflow.fence AS seen (key, token, owner) VALUES (lock_key, lock_token, lock_owner)
  ON CONFLICT (key) DO UPDATE SET token = EXCLUDED.token, owner = EXCLUDED.owner, raised_at = now()
  WHERE seen.token < EXCLUDED.token OR seen.token = EXCLUDED.token AND seen.owner = EXCLUDED.owner;
  IF NOT FOUND THEN
    SELECT * INTO highest FROM onceflow.fence WHERE key = lock_key;
    RAISE EXCEPTION 'FENCED: key % has been used with token % by %, so token % of % comes too late',
      lock_key, highest.token, highest.owner, lock_token, lock_owner
      USING ERRCODE = 'OF001', DETAIL = highest.token;
  END IF;
END $$;
REVOKE ALL ON FUNCTION onceflow.raise_fence(text, bigint, text) FROM PUBLIC;

-- Least privilege: locks-roles.sql.
