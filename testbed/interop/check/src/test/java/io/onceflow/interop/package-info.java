/** Readers of other systems see what the pipeline job commits, each value once. */
package io.onceflow.interop;
