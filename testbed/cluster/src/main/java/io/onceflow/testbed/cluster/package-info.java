/**
 * A standalone Flink cluster whose JobManagers, TaskManagers and ZooKeeper are processes of their
 * own on loopback.
 */
package io.onceflow.testbed.cluster;
