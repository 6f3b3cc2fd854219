-- The outbox of PostgresOutbox, in the database of the application: docs/producer.md.
-- Applied once, in the schema that comes first in the search_path of application and sender.

CREATE TABLE onceflow_outbox_producer (
  producer      text   PRIMARY KEY,
  last_sequence bigint NOT NULL
);

CREATE TABLE onceflow_outbox (
  position      bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  producer      text     NOT NULL,
  sequence      bigint   CHECK (sequence > 0),            -- null until the sender takes it
  id            text     NOT NULL,
  key           text     NOT NULL DEFAULT '',
  priority      smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
  event_time_ms bigint   NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
  payload       bytea    NOT NULL,
  headers       text[]   NOT NULL DEFAULT '{}',           -- name, value, name, value ..
  taken_at_ms   bigint,                                   -- when it got its sequence
  final_since_ms bigint                                   -- final, its own acknowledgement still to come
);

-- A number is never given twice.
CREATE UNIQUE INDEX onceflow_outbox_taken ON onceflow_outbox (producer, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX onceflow_outbox_waiting ON onceflow_outbox (producer, position) WHERE sequence IS NULL;
