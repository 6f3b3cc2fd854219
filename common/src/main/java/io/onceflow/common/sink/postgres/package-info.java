/**
 * PostgreSQL as a store: {@link io.onceflow.common.sink.postgres.PostgresTable} maps values to
 * rows, {@link io.onceflow.common.sink.postgres.PostgresStore} is what a sink is built with. Needs
 * the tables of {@code flink-conf/sql/onceflow.sql} and the JDBC driver in the cluster's {@code
 * lib}.
 */
package io.onceflow.common.sink.postgres;
