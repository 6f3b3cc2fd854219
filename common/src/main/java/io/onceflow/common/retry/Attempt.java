package io.onceflow.common.retry;

/**
 * One attempt at a message.
 *
 * @param input what the handler decoded
 * @param idempotencyKey the message's id: the same for all attempts, so that the store on the other
 *     side can tell a repetition from a new effect
 * @param number 1 for the first; an attempt that a restart interrupted is made again under its
 *     number
 * @param message the envelope
 * @param <I> the decoded type
 */
public record Attempt<I>(I input, String idempotencyKey, int number, RetryMessage message) {}
