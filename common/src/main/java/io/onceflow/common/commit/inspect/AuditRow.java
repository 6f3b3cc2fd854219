package io.onceflow.common.commit.inspect;

import java.time.Instant;

/**
 * One thing that was done by hand.
 *
 * @param at when, or null for one that is to be written
 * @param sinkId the sink
 * @param subject the transaction's id, or what else was acted on
 * @param action what was done
 * @param reason why
 * @param actor who
 */
public record AuditRow(
    Instant at, String sinkId, String subject, Action action, String reason, Actor actor) {}
