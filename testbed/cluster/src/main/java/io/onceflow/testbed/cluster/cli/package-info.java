/**
 * The commands of {@code make cluster-up} and what follows it: a supervisor process in the
 * background owns the cluster, a file tells of it, every command reads that file.
 */
package io.onceflow.testbed.cluster.cli;
