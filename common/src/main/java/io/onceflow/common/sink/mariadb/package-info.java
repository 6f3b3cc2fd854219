/**
 * MariaDB as a store: {@link io.onceflow.common.sink.mariadb.MariaDbTable} maps values to rows,
 * {@link io.onceflow.common.sink.mariadb.MariaDbStore} is what a sink is built with. Needs the
 * tables of {@code flink-conf/sql/onceflow-mariadb.sql} and the JDBC driver in the cluster's {@code
 * lib}.
 */
package io.onceflow.common.sink.mariadb;
