-- What every Onceflow sink needs in its PostgreSQL database. Run it once, as the owner of the
-- database; running it again changes nothing. The job's role needs no DDL rights: see the grants at the end.

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

-- Commit markers: a row is here if and only if its epoch's rows are in their tables.
CREATE TABLE IF NOT EXISTS onceflow.marker (
  transaction_id text PRIMARY KEY,
  epoch          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  sink_id        text NOT NULL,
  lineage        text NOT NULL,
  checkpoint_id  bigint NOT NULL,
  subtask        integer NOT NULL, -- 0 unless the sink's scope is subtask
  row_count      bigint NOT NULL,
  byte_count     bigint NOT NULL,
  checksum       bigint NOT NULL,
  -- {"schema.table": rows sealed for it}; rows of an upsert table are counted before the last write per key wins
  rows_by_target jsonb NOT NULL,
  rejected       bigint NOT NULL DEFAULT 0,
  watermark      timestamptz,
  prepared_at    timestamptz NOT NULL,
  committed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (sink_id, lineage, checkpoint_id, subtask)
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

-- Least privilege for the job's role (say psql -v role=...):
--   GRANT USAGE ON SCHEMA onceflow TO :role;
--   GRANT SELECT, INSERT, UPDATE ON onceflow.sink TO :role;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON onceflow.marker TO :role;
--   GRANT SELECT, INSERT ON onceflow.run, onceflow.dead_letter TO :role;
--   GRANT TEMPORARY ON DATABASE ... TO :role;   (upserts and rejected rows pass through temporary tables)
--   and on the tables it writes: INSERT, for upserts also SELECT and UPDATE; USAGE on sequences that unmapped defaults use.
