-- Least privilege for the tables of onceflow.sql. Run it as their owner, once per role and again after an upgrade:
--   psql -v ON_ERROR_STOP=1 -v job=ledger -v reader=analyst -f roles.sql
-- The roles exist already; they own nothing and are no superusers. In a database of before PostgreSQL 15 everybody may create
-- tables in schema public: REVOKE CREATE ON SCHEMA public FROM PUBLIC. The tables that a job writes have
-- grants of their own: INSERT, for upserts also SELECT and UPDATE (ledger-roles.sql for the ledger), and USAGE on sequences
-- that unmapped defaults use. Those of a decision register are in register-roles.sql. The suites of sinks, jobs and tool run
-- with exactly these rights.

-- The job. Its database may be closed to PUBLIC, and then to this role, too.
GRANT CONNECT ON DATABASE :"DBNAME" TO :"job", :"reader";
GRANT USAGE ON SCHEMA onceflow TO :"job";
GRANT SELECT, INSERT, UPDATE ON onceflow.sink TO :"job";
GRANT SELECT, INSERT ON onceflow.run, onceflow.mapping, onceflow.dead_letter TO :"job";
-- DELETE prunes what is older than 100,000 checkpoints.
GRANT SELECT, INSERT, UPDATE, DELETE ON onceflow.marker TO :"job";
-- Strategy prepared only; PREPARE itself needs no privilege.
GRANT SELECT, INSERT, UPDATE, DELETE ON onceflow.decision TO :"job";
-- Upserts of strategy staged pass through temporary tables.
GRANT TEMPORARY ON DATABASE :"DBNAME" TO :"job";

-- The onceflow tool, when it acts. It is the job's role: PostgreSQL lets nobody else but a superuser settle what that role
-- has prepared. Leave these out where nobody resolves, replays or collects.
GRANT SELECT, INSERT ON onceflow.audit TO :"job";
GRANT UPDATE (settled, settled_at) ON onceflow.dead_letter TO :"job";
GRANT DELETE ON onceflow.run TO :"job";

-- Whoever only looks: dashboards, and the tool without --execute.
GRANT USAGE ON SCHEMA onceflow TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA onceflow TO :"reader";
