-- What job pipeline does, in SQL: --set pipeline.sql=flink-conf/sql/pipeline.sql
-- A statement ends with a semicolon at the end of a line. The view numbers and the function times_two are there; the script
-- defines the view doubled with the same columns: record_key BYTES, x BIGINT NOT NULL, time_ms BIGINT NOT NULL.
CREATE TEMPORARY VIEW doubled AS
SELECT record_key, times_two(x) AS x, time_ms
FROM numbers;
