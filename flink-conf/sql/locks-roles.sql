-- Least privilege for the tables of locks.sql. Run it as their owner:
--   psql -v ON_ERROR_STOP=1 -v job=ledger -v reader=analyst -f locks-roles.sql
-- Nobody may write onceflow.fence but through raise_fence, which only raises, and nobody may DELETE a lease: tokens would begin again.
GRANT USAGE ON SCHEMA onceflow TO :"job";
GRANT SELECT, INSERT, UPDATE ON onceflow.lease TO :"job";
GRANT EXECUTE ON FUNCTION onceflow.raise_fence(text, bigint, text) TO :"job";

-- Whoever only looks, the tool without --execute among them.
GRANT USAGE ON SCHEMA onceflow TO :"reader";
GRANT SELECT ON onceflow.lease, onceflow.fence TO :"reader";
