/**
 * What a store shows to an operator: {@link io.onceflow.common.commit.inspect.StoreInspector} reads
 * what is committed, what is in doubt and what was rejected, without a job and without its table
 * mappings. Times are the store's own.
 */
package io.onceflow.common.commit.inspect;
