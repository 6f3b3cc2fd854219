package io.onceflow.common.lock;

import java.time.Duration;

/**
 * Who holds a key, as its store tells it.
 *
 * @param key what is locked
 * @param owner who holds it
 * @param token its token
 * @param remaining what is left of the lease, by the store's clock
 */
public record LeaseHolder(String key, String owner, long token, Duration remaining) {}
