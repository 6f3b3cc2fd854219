package io.onceflow.common.retry;

import java.time.Duration;
import java.util.Objects;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.Collector;

/**
 * Selective retry behind a stream of messages: first the consumer retries by priority, then it
 * confirms to the producer.
 *
 * <p>Guarantees: each message gets exactly one final acknowledgement that is not repeated, in the
 * same epoch as its result or dead letter; messages of a scope take effect in order; failing
 * messages delay no other scope beyond the limits of {@link ConcurrencyLimits}; a restore goes on
 * with the same attempts. See {@code docs/selective-retry.md} for what is not promised.
 *
 * @param <I> what the handler decodes
 * @param <O> what it answers
 */
public final class SelectiveRetry<I, O> {

  private final AttemptHandler<I, O> handler;
  private final TypeInformation<O> type;
  private Classifier classifier = Classifier.rules().build();
  private RetryRules rules = RetryRules.DEFAULT;
  private OrderPolicy order = OrderPolicy.STRICT_KEY;
  private Duration retention = Duration.ofDays(7);
  private Duration watermarkHold = Duration.ofMinutes(1);
  private Duration reportEvery = Duration.ofMillis(200);
  private Duration missingAfter = Duration.ofMinutes(1);
  private Long seed;
  private DataStream<RetryControl> controls;

  private SelectiveRetry(AttemptHandler<I, O> handler, TypeInformation<O> type) {
    this.handler = Objects.requireNonNull(handler, "handler");
    this.type = Objects.requireNonNull(type, "type");
  }

  /**
   * With a handler; everything else has a default.
   *
   * @param type of the results
   */
  public static <I, O> SelectiveRetry<I, O> of(
      AttemptHandler<I, O> handler, TypeInformation<O> type) {
    return new SelectiveRetry<>(handler, type);
  }

  /** Tells outcomes apart; by default every answer is a success and every error unknown. */
  public SelectiveRetry<I, O> classifiedBy(Classifier chosen) {
    classifier = chosen;
    return this;
  }

  /** Limits, until a control changes them; by default {@link RetryRules#DEFAULT}. */
  public SelectiveRetry<I, O> rules(RetryRules chosen) {
    rules = chosen;
    return this;
  }

  /**
   * Which messages wait for each other; by default those of a key. A restore from a savepoint needs
   * the policy that the savepoint was taken with.
   */
  public SelectiveRetry<I, O> order(OrderPolicy chosen) {
    order = chosen;
    return this;
  }

  /**
   * How long duplicates are answered without a second effect; by default 7 days. Longer than any
   * producer sends a message again.
   *
   * @throws IllegalArgumentException when it is not positive
   */
  public SelectiveRetry<I, O> duplicatesKnownFor(Duration chosen) {
    if (chosen.toMillis() < 1) {
      throw new IllegalArgumentException(
          "Duplicates must be known for 1 ms at least, got %s.".formatted(chosen));
    }
    retention = chosen;
    return this;
  }

  /**
   * How long an unfinished message holds the watermark back after it came; by default a minute, 0
   * for not at all. A message that takes longer has a late result, which is counted.
   *
   * @throws IllegalArgumentException when it is negative or above 30 days
   */
  public SelectiveRetry<I, O> holdWatermarks(Duration atMost) {
    if (atMost.isNegative() || atMost.toDays() > 30) {
      throw new IllegalArgumentException(
          "Watermarks are held for 0 to 30 days, got %s.".formatted(atMost));
    }
    watermarkHold = atMost;
    return this;
  }

  /** How often producers are told at most, and after which time a skipped number is missing. */
  public SelectiveRetry<I, O> reports(Duration every, Duration skippedIsMissingAfter) {
    reportEvery = every;
    missingAfter = skippedIsMissingAfter;
    return this;
  }

  /** Makes all pauses repeatable, for tests. */
  public SelectiveRetry<I, O> seed(long chosen) {
    seed = chosen;
    return this;
  }

  /** Orders at run time. Their watermarks do not count. */
  public SelectiveRetry<I, O> controlledBy(DataStream<RetryControl> chosen) {
    controls = chosen;
    return this;
  }

  /**
   * Puts it behind a stream.
   *
   * @param uid of the operator, such as {@code retry-payments}; the tracker's is that and {@code
   *     -acks}
   */
  public RetryStreams<O> build(DataStream<RetryMessage> messages, String uid) {
    RetrySettings<I, O> settings =
        new RetrySettings<>(handler, classifier, rules, order, retention, watermarkHold, seed);
    OrderPolicy policy = order;
    SingleOutputStreamOperator<O> results =
        messages
            .keyBy(policy::scope, Types.STRING)
            .connect(orders(messages, uid).broadcast())
            .transform(uid, type, new RetryOperator<>(settings))
            .uid(uid)
            .name(uid);
    DataStream<Acknowledgement> acknowledgements =
        results.getSideOutput(RetryOperator.ACKNOWLEDGEMENTS);
    String tracker = uid + "-acks";
    DataStream<ProducerAcknowledgement> reports =
        acknowledgements
            .keyBy(Acknowledgement::producer, Types.STRING)
            .process(new AckTracker(reportEvery, missingAfter), RetryTypes.PRODUCER_ACKNOWLEDGEMENT)
            .uid(tracker)
            .name(tracker);
    return new RetryStreams<>(
        results, acknowledgements, results.getSideOutput(RetryOperator.DEAD_LETTERS), reports);
  }

  private DataStream<RetryControl> orders(DataStream<RetryMessage> messages, String uid) {
    if (controls != null) {
      return controls;
    }
    String none = uid + "-no-controls";
    return messages.flatMap(new NoControls(), RetryTypes.CONTROL).uid(none).name(none);
  }

  /** An empty stream that ends with the messages, without a source of its own. */
  private static final class NoControls implements FlatMapFunction<RetryMessage, RetryControl> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(RetryMessage message, Collector<RetryControl> out) {
      // Nobody gives orders.
    }
  }
}
