/** A reader by Spark Structured Streaming, in a JVM of its own. */
package io.onceflow.interop.spark;
