-- What every Onceflow sink needs in its PostgreSQL database. Run it once, as the owner of the
-- database; running it again changes nothing, or brings an older version of it up to date (stop the
-- jobs for that: it waits for what is prepared). The job's role needs no DDL rights: see roles.sql.

CREATE SCHEMA IF NOT EXISTS onceflow;

-- One row per sink: which history is current and which run may commit.
CREATE TABLE IF NOT EXISTS onceflow.sink (
  sink_id                 text PRIMARY KEY,
  lineage                 text NOT NULL,
  owner_run               text NOT NULL,
  last_checkpoint_id      bigint NOT NULL,
  last_restore_path       text,
  parent_lineage          text,
  parent_checkpoint_id    bigint NOT NULL DEFAULT 0,
  low_water_checkpoint_id bigint NOT NULL DEFAULT 0
);

-- Every run that ever claimed a sink. A run that is not the owner is fenced for good.
CREATE TABLE IF NOT EXISTS onceflow.run (
  sink_id                text NOT NULL,
  run_id                 text NOT NULL,
  lineage                text NOT NULL,
  restored_checkpoint_id bigint,
  claimed_at             timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sink_id, run_id)
);

-- Commit markers: a row is here if and only if its transaction's rows are in their tables.
-- STAGED: one transaction per epoch. PREPARED: one per subtask; lineage, checkpoint_id and decision_id
-- come when the epoch is finished, and are NULL for a moment before.
CREATE TABLE IF NOT EXISTS onceflow.marker (
  transaction_id text PRIMARY KEY,
  epoch          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  sink_id        text NOT NULL,
  lineage        text,
  checkpoint_id  bigint,
  subtask        integer NOT NULL, -- 0 unless the sink's scope is subtask, or it prepares
  row_count      bigint NOT NULL,
  byte_count     bigint NOT NULL,
  checksum       bigint NOT NULL,
  -- {"schema.table": rows sealed for it}; rows of an upsert table are counted before the last write per key wins
  rows_by_target jsonb NOT NULL,
  rejected       bigint NOT NULL DEFAULT 0,
  watermark      timestamptz,
  prepared_at    timestamptz NOT NULL,
  committed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  decision_id    text -- PREPARED: the epoch in onceflow.decision
);

-- Only what is missing: ALTER would wait for every prepared transaction, even if there is nothing to do.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'onceflow.marker'::regclass AND attname = 'decision_id') THEN
    ALTER TABLE onceflow.marker
      ALTER COLUMN lineage DROP NOT NULL,
      ALTER COLUMN checkpoint_id DROP NOT NULL,
      ADD COLUMN decision_id text,
      DROP CONSTRAINT IF EXISTS marker_sink_id_lineage_checkpoint_id_subtask_key;
  END IF;
  -- STAGED: two transactions for one checkpoint and subtask cannot be. PREPARED: the decision is unique.
  IF to_regclass('onceflow.marker_once') IS NULL THEN
    CREATE UNIQUE INDEX marker_once ON onceflow.marker (sink_id, lineage, checkpoint_id, subtask)
      WHERE decision_id IS NULL;
  END IF;
END $$;

-- PREPARED: the epochs that are being committed, written before the first of their transactions is.
CREATE TABLE IF NOT EXISTS onceflow.decision (
  transaction_id text PRIMARY KEY, -- the epoch's id
  sink_id        text NOT NULL,
  lineage        text NOT NULL,
  checkpoint_id  bigint NOT NULL,
  decided_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at    timestamptz, -- when all of the epoch's transactions were committed
  UNIQUE (sink_id, lineage, checkpoint_id)
);

-- Rows that their table can never accept, committed with the epoch they came in.
CREATE TABLE IF NOT EXISTS onceflow.dead_letter (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sink_id    text NOT NULL DEFAULT current_setting('onceflow.sink_id'),
  epoch      bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint,
  target     text,
  code       text,
  reason     text,
  row_text   text,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- What the onceflow tool did with the row: replayed or discarded. The row stays as the evidence.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'onceflow.dead_letter'::regclass AND attname = 'settled') THEN
    ALTER TABLE onceflow.dead_letter
      ADD COLUMN settled text CHECK (settled IN ('replayed', 'discarded')),
      ADD COLUMN settled_at timestamptz;
  END IF;
END $$;

-- {"schema.table": sum over its rows of the CRC32C of each as it was encoded}, for the tool's verify. Guarded: ALTER would
-- wait for every prepared transaction, even if there is nothing to do.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'onceflow.marker'::regclass AND attname = 'row_sums') THEN
    ALTER TABLE onceflow.marker ADD COLUMN row_sums jsonb;
  END IF;
END $$;

-- How each sink writes each of its tables, noted when it claims the sink: what the tool's verify needs to know.
CREATE TABLE IF NOT EXISTS onceflow.mapping (
  sink_id   text    NOT NULL,
  target    text    NOT NULL,
  appends   boolean NOT NULL, -- false: upserts
  columns   text[]  NOT NULL, -- in the order in which they are encoded
  PRIMARY KEY (sink_id, target, appends, columns)
);

-- Everything that the onceflow tool changed, written before or with the change.
CREATE TABLE IF NOT EXISTS onceflow.audit (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  sink_id  text NOT NULL,
  subject  text NOT NULL, -- a transaction's id, or what else was acted on
  action   text NOT NULL, -- fence, decide, commit, roll-back, lost, finish, replay, discard, collect
  reason   text NOT NULL,
  tool_run text NOT NULL,
  os_user  text NOT NULL
);

-- Least privilege for the job's role, for the tool and for readers: roles.sql.
