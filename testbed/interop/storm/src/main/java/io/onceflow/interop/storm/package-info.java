/** A reader by an Apache Storm topology, in a JVM of its own. */
package io.onceflow.interop.storm;
