/** What Flink is told about types that have a serializer of their own. */
package io.onceflow.common.type;
