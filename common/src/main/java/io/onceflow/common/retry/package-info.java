/**
 * Selective retry: the consumer retries by priority, then it confirms to the producer.
 *
 * <p>{@link io.onceflow.common.retry.SelectiveRetry} puts two operators behind a stream of {@link
 * io.onceflow.common.retry.RetryMessage}s: one makes the attempts, one tells each producer what is
 * final and what is missing.
 */
package io.onceflow.common.retry;
