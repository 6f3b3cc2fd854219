-- The ledger job's tables. Run once per database, before the job is submitted:
--   psql -v ON_ERROR_STOP=1 -f ledger.sql
-- The job's role needs no DDL rights: see ledger-roles.sql.
-- The sink writes all three in one transaction per epoch and sets onceflow.epoch in it, so a reader sees whole epochs only
-- and every appended row says which epoch brought it.
CREATE SCHEMA IF NOT EXISTS ledger;

-- Immutable. One row per accepted transfer, pending, post, void and per expiry.
-- posted_delta and pending_delta are what the row adds to both of its accounts: balances are sums over this table alone.
CREATE TABLE IF NOT EXISTS ledger.transfers (
  grp             text        NOT NULL,
  seq             bigint      NOT NULL, -- dense per grp, from 1, given by the ledger
  id              uuid        NOT NULL, -- the client's; version 8 = made by the ledger for an expiry
  kind            text        NOT NULL, -- transfer, pending, post, void, expire
  pending_id      uuid,                 -- the pending transfer that a post, void or expire resolves
  debit           bigint      NOT NULL,
  credit          bigint      NOT NULL,
  amount          bigint      NOT NULL, -- minor units; void and expire: the amount released
  posted_delta    bigint      NOT NULL,
  pending_delta   bigint      NOT NULL,
  ledger          integer     NOT NULL,
  code            integer     NOT NULL,
  timeout_seconds integer     NOT NULL, -- 0 = never expires; 0 for every kind but pending
  log_time        timestamptz NOT NULL,
  topic_partition integer     NOT NULL, -- the record that caused the row; for an expiry the record that moved the log time
  record_offset   bigint      NOT NULL,
  epoch           bigint      NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint,
  PRIMARY KEY (grp, seq),
  UNIQUE (grp, id),
  CHECK (amount > 0),
  CHECK (debit <> credit)
);

-- One row per account, as of the last committed epoch. Upserted by (grp, account).
CREATE TABLE IF NOT EXISTS ledger.accounts (
  grp                            text        NOT NULL,
  account                        bigint      NOT NULL,
  ledger                         integer     NOT NULL,
  code                           integer     NOT NULL,
  debits_must_not_exceed_credits boolean     NOT NULL,
  credits_must_not_exceed_debits boolean     NOT NULL,
  closed                         boolean     NOT NULL,
  debits_pending                 bigint      NOT NULL,
  debits_posted                  bigint      NOT NULL,
  credits_pending                bigint      NOT NULL,
  credits_posted                 bigint      NOT NULL,
  log_time                       timestamptz NOT NULL, -- of the command or expiry that changed the row last
  PRIMARY KEY (grp, account)
);

-- One row per command that was executed, per leg for a chain. What cannot be decoded goes to the dead letters instead.
CREATE TABLE IF NOT EXISTS ledger.results (
  topic_partition integer     NOT NULL,
  record_offset   bigint      NOT NULL,
  leg             integer     NOT NULL, -- 0 for a command alone, 0..63 in a chain
  grp             text        NOT NULL,
  id              uuid,                 -- null for open and close
  account         bigint,               -- null for everything but open and close
  result          text        NOT NULL, -- a result code of docs/ledger.md
  seq             bigint,               -- of the transfer that was created or that exists already, else null
  log_time        timestamptz NOT NULL,
  epoch           bigint      NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint,
  PRIMARY KEY (topic_partition, record_offset, leg)
);
