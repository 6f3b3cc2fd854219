-- The decision register of protocol three-phase, in PostgreSQL. It may be another database or another server than the one
-- written to, and should be where the job and the resolver both reach it. Run it once, as the owner of the database; running
-- it again changes nothing. The job's role needs no DDL rights: see register-roles.sql.

CREATE SCHEMA IF NOT EXISTS onceflow;

-- One row per pipeline: all sinks of one job. Every call locks it first, so whoever comes first wins.
CREATE TABLE IF NOT EXISTS onceflow.register_pipeline (
  pipeline                   text PRIMARY KEY,
  fence                      bigint NOT NULL,               -- counts the generations of runs
  state                      text NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
  voted                      boolean NOT NULL,              -- whether the current generation has voted: it takes no new run then
  restored_checkpoint_id     bigint NOT NULL,               -- the checkpoint the current generation began with
  last_decided_checkpoint_id bigint NOT NULL,
  cut_checkpoint_id          bigint NOT NULL DEFAULT 0,     -- where a resolver closed it last
  restore_path               text NOT NULL DEFAULT ''       -- of the newest decided checkpoint, or of the cut
);

-- The run that each sink had last.
CREATE TABLE IF NOT EXISTS onceflow.register_participant (
  pipeline               text NOT NULL REFERENCES onceflow.register_pipeline,
  sink_id                text NOT NULL,
  owner_run              text NOT NULL,
  gatherer               text,                              -- the newest incarnation; only that one votes
  fence                  bigint NOT NULL,                   -- the generation it belongs to; an older one may do nothing
  finished_checkpoint_id bigint NOT NULL DEFAULT 0,         -- nothing up to here is prepared any more
  last_decided_checkpoint_id bigint,                        -- in this generation: the sink's next epoch follows that one
  claimed_at             timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, sink_id)
);

-- For tables of before this column.
ALTER TABLE onceflow.register_participant ADD COLUMN IF NOT EXISTS last_decided_checkpoint_id bigint;

-- Runs that were replaced or closed: they never come back.
CREATE TABLE IF NOT EXISTS onceflow.register_closed_run (
  pipeline  text NOT NULL,
  run_id    text NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pipeline, run_id)
);

-- Epochs and their prepared transactions, reported before the barrier of their checkpoint passed. An epoch as such has a row of
-- its own, with transaction_id = epoch_id, under which nothing is prepared.
CREATE TABLE IF NOT EXISTS onceflow.register_vote (
  transaction_id         text PRIMARY KEY,
  pipeline               text NOT NULL,
  sink_id                text NOT NULL,
  lineage                text NOT NULL,
  checkpoint_id          bigint NOT NULL,
  previous_checkpoint_id bigint NOT NULL,
  epoch_id               text NOT NULL,
  gatherer               text NOT NULL,
  fence                  bigint NOT NULL,
  row_count              bigint NOT NULL,
  restore_path           text NOT NULL,
  voted_at               timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS register_vote_checkpoint ON onceflow.register_vote (pipeline, checkpoint_id);

-- What was decided, once and for good.
CREATE TABLE IF NOT EXISTS onceflow.register_decision (
  transaction_id text PRIMARY KEY,
  pipeline       text NOT NULL,
  verdict        text NOT NULL CHECK (verdict IN ('COMMIT', 'ABORT')),
  checkpoint_id  bigint NOT NULL,                           -- of its epoch; of the last decided one where no vote told it
  by_fence       bigint NOT NULL,
  decided_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS register_decision_checkpoint ON onceflow.register_decision (pipeline, checkpoint_id);

-- Least privilege for the job's and the resolver's role: register-roles.sql.
