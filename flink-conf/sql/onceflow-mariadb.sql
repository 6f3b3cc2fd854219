-- What every Onceflow sink needs on its MariaDB server (10.6 or later). Run it once, as an administrator; running it again
-- changes nothing. The job's account needs no DDL rights: see the grants at the end. The columns are those of onceflow.sql.
-- All times are UTC.

CREATE DATABASE IF NOT EXISTS onceflow CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE onceflow;

-- One row per sink: which history is current and which run may commit.
CREATE TABLE IF NOT EXISTS sink (
  sink_id                 varchar(40) PRIMARY KEY,
  lineage                 varchar(64) NOT NULL,
  owner_run               varchar(64) NOT NULL,
  last_checkpoint_id      bigint NOT NULL,
  last_restore_path       text,
  parent_lineage          varchar(64),
  parent_checkpoint_id    bigint NOT NULL DEFAULT 0,
  low_water_checkpoint_id bigint NOT NULL DEFAULT 0
) ENGINE=InnoDB;

-- Every run that ever claimed a sink. A run that is not the owner is fenced for good.
CREATE TABLE IF NOT EXISTS run (
  sink_id                varchar(40) NOT NULL,
  run_id                 varchar(64) NOT NULL,
  lineage                varchar(64) NOT NULL,
  restored_checkpoint_id bigint,
  claimed_at             datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
  PRIMARY KEY (sink_id, run_id)
) ENGINE=InnoDB;

-- Commit markers: a row is here if and only if its transaction's rows are in their tables.
CREATE TABLE IF NOT EXISTS marker (
  transaction_id varchar(128) PRIMARY KEY,
  epoch          bigint NOT NULL AUTO_INCREMENT UNIQUE,
  sink_id        varchar(40) NOT NULL,
  -- of a prepared transaction, lineage, checkpoint and decision are filled in after its commit
  lineage        varchar(64),
  checkpoint_id  bigint,
  subtask        integer NOT NULL, -- 0 unless the sink's scope is subtask
  decision_id    varchar(128),
  row_count      bigint NOT NULL,
  byte_count     bigint NOT NULL,
  checksum       bigint NOT NULL,
  -- {"table": rows sealed for it}; rows of an upsert table are counted before the last write per key wins
  rows_by_target json NOT NULL,
  rejected       bigint NOT NULL DEFAULT 0,
  watermark      datetime(6),
  prepared_at    datetime(6) NOT NULL,
  committed_at   datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
  -- NULL for prepared transactions: several of one subtask may make up an epoch
  staged         tinyint AS (IF(decision_id IS NULL, 1, NULL)) VIRTUAL,
  UNIQUE (sink_id, lineage, checkpoint_id, subtask, staged)
) ENGINE=InnoDB;

-- Strategy prepared: epochs whose transactions are being committed, or were.
CREATE TABLE IF NOT EXISTS decision (
  transaction_id varchar(128) PRIMARY KEY,
  sink_id        varchar(40) NOT NULL,
  lineage        varchar(64) NOT NULL,
  checkpoint_id  bigint NOT NULL,
  decided_at     datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
  finished_at    datetime(6),
  UNIQUE (sink_id, lineage, checkpoint_id)
) ENGINE=InnoDB;

-- Rows that their table can never accept, committed with the epoch they came in.
CREATE TABLE IF NOT EXISTS dead_letter (
  id         bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sink_id    varchar(40) NOT NULL,
  epoch      bigint NOT NULL,
  target     varchar(128),
  code       varchar(16),
  reason     longtext,
  row_text   longtext,
  created_at datetime(6) NOT NULL DEFAULT (utc_timestamp(6))
) ENGINE=InnoDB;
-- What the onceflow tool did with the row: replayed or discarded. The row stays as the evidence.
ALTER TABLE dead_letter
  ADD COLUMN IF NOT EXISTS settled varchar(16) CHECK (settled IN ('replayed', 'discarded')),
  ADD COLUMN IF NOT EXISTS settled_at datetime(6);

-- What the onceflow tool, or whoever ran it, has done by hand.
CREATE TABLE IF NOT EXISTS audit (
  id       bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at       datetime(6) NOT NULL DEFAULT (utc_timestamp(6)),
  sink_id  varchar(40) NOT NULL,
  subject  varchar(255) NOT NULL, -- a transaction's id, or what else was acted on
  action   varchar(16) NOT NULL,  -- fence, decide, commit, roll-back, lost, finish, replay, discard, collect
  reason   text NOT NULL,
  tool_run varchar(64) NOT NULL,
  os_user  varchar(255) NOT NULL
) ENGINE=InnoDB;

-- Least privilege for the job's account, say flink@'10.0.0.%':
--   GRANT SELECT, INSERT, UPDATE ON onceflow.sink TO ...;
--   GRANT SELECT, INSERT, UPDATE ON onceflow.run TO ...;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON onceflow.marker TO ...;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON onceflow.decision TO ...;
--   GRANT INSERT ON onceflow.dead_letter TO ...;
--   GRANT CREATE TEMPORARY TABLES ON DATABASE_OF_THE_TABLES.* TO ...;   (upserts and rejected rows pass through them)
--   and on the tables it writes: INSERT, for upserts also SELECT and UPDATE. XA needs no privilege in MariaDB.
-- The tool looks with the first of these; with PROCESS it also sees who waits for a prepared transaction. To act it needs,
-- besides what the job has, the others:
--   GRANT SELECT ON onceflow.* TO ...;
--   GRANT SELECT, INSERT ON onceflow.audit TO ...;
--   GRANT UPDATE ON onceflow.dead_letter TO ...;
--   GRANT DELETE ON onceflow.run TO ...;
