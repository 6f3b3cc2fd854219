-- Least privilege for the tables of ledger.sql. Run it as their owner, after roles.sql:
--   psql -v ON_ERROR_STOP=1 -v job=ledger -v reader=analyst -f ledger-roles.sql
-- The job appends transfers and results and can neither change nor read them; it upserts accounts.
GRANT USAGE ON SCHEMA ledger TO :"job";
GRANT INSERT ON ledger.transfers, ledger.results TO :"job";
GRANT SELECT, INSERT, UPDATE ON ledger.accounts TO :"job";

-- `onceflow verify` counts rows again, and so it reads them: run it as a reader.
GRANT USAGE ON SCHEMA ledger TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO :"reader";
