/**
 * What stores that write tables share: {@link io.onceflow.common.sink.TableMapping} turns values
 * into rows, in a format that the store supplies. Knows no vendor.
 */
package io.onceflow.common.sink;
