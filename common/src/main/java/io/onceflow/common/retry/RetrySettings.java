package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;

/**
 * What a {@link RetryOperator} is told when the job is submitted.
 *
 * @param handler makes the attempts
 * @param classifier judges them
 * @param rules until a control changes them
 * @param order which messages wait for each other
 * @param retention how long a final acknowledgement is remembered for duplicates
 * @param watermarkHold how long an unfinished message holds the watermark back
 * @param seed of all random pauses; null for another one every time
 */
record RetrySettings<I, O>(
    AttemptHandler<I, O> handler,
    Classifier classifier,
    RetryRules rules,
    OrderPolicy order,
    Duration retention,
    Duration watermarkHold,
    Long seed)
    implements Serializable {}
