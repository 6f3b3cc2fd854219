-- Least privilege for the tables of register.sql: the job's role, which is the resolver's too. Run it as their owner:
--   psql -v ON_ERROR_STOP=1 -v job=ledger -v reader=analyst -f register-roles.sql
-- Nobody may UPDATE a vote or a decision; DELETE is for what is older than 1000 finished checkpoints.
GRANT USAGE ON SCHEMA onceflow TO :"job";
GRANT SELECT, INSERT, UPDATE ON onceflow.register_pipeline, onceflow.register_participant TO :"job";
GRANT SELECT, INSERT ON onceflow.register_closed_run TO :"job";
GRANT SELECT, INSERT, DELETE ON onceflow.register_vote, onceflow.register_decision TO :"job";

-- Whoever only looks: `onceflow in-doubt`, and resolve without --execute.
GRANT USAGE ON SCHEMA onceflow TO :"reader";
GRANT SELECT ON onceflow.register_pipeline, onceflow.register_participant, onceflow.register_closed_run,
  onceflow.register_vote, onceflow.register_decision TO :"reader";
