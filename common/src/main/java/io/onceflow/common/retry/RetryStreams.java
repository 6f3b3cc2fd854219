package io.onceflow.common.retry;

import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The ways out of a {@link SelectiveRetry}. What belongs to a message leaves in one epoch; a job
 * that does not write the dead letters loses them.
 *
 * @param results what the attempts gave
 * @param acknowledgements one by one, those of waiting messages and of duplicates included
 * @param deadLetters what was given up
 * @param producerAcknowledgements cumulative and selective, by producer
 * @param <O> the output type
 */
public record RetryStreams<O>(
    DataStream<O> results,
    DataStream<Acknowledgement> acknowledgements,
    DataStream<RetryDeadLetter> deadLetters,
    DataStream<ProducerAcknowledgement> producerAcknowledgements) {}
