package io.onceflow.common.commit.inspect;

import java.time.Instant;

/**
 * A connection to the store that calls itself a sink of ours.
 *
 * @param session its number in the store
 * @param name what it calls itself
 * @param user its role
 * @param address where it comes from, or null
 * @param state what it does
 * @param since when it last changed that
 */
public record StoreClient(
    String session, String name, String user, String address, String state, Instant since) {}
