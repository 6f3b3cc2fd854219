/** A disk that can be slow, full or broken on command: Flink's file system of scheme chaos. */
package io.onceflow.testbed.chaos.disk;
