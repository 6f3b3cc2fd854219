/**
 * The {@code onceflow} command for operators: it looks at what sinks have committed and left in
 * doubt, and settles it. {@link io.onceflow.tool.ToolMain} is where it starts.
 */
package io.onceflow.tool;
