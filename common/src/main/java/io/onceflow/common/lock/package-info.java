/**
 * Leases with fencing tokens.
 *
 * <p>A {@link io.onceflow.common.lock.Lease} keeps two holders from working at the same time, as
 * long as clocks and servers behave. It protects nothing: a holder that was paused does not know
 * that its lease has run out. What protects is the token, a number that rises with every holder of
 * a key and that the protected store compares in the same transaction, or script, that writes.
 *
 * <p>{@link io.onceflow.common.lock.LeaseStore} says where leases are ({@code PostgresLeases},
 * {@code RedisLeases}); {@link io.onceflow.common.lock.LockedSection} runs a piece of work under
 * the lease of a key; {@link io.onceflow.common.lock.LeaseKeeper} renews a lease while its holder
 * makes progress; {@link io.onceflow.common.lock.SinkLeases} lets a second job with the same sink
 * id be refused. See docs/locks.md.
 */
package io.onceflow.common.lock;
