/**
 * Real servers for tests and local runs: PostgreSQL, MariaDB and a Kafka broker as child processes
 * that end with their parent, clients for them, and a TCP proxy that breaks on request.
 *
 * <p>Nothing here knows Flink. Linux on x86-64 only: the servers' binaries are built for it, and
 * pausing and killing use its signals and {@code /proc}.
 */
package io.onceflow.testbed.servers;
