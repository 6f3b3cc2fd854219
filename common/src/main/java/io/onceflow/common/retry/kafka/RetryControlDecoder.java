package io.onceflow.common.retry.kafka;

import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.retry.Backoff;
import io.onceflow.common.retry.BreakerRules;
import io.onceflow.common.retry.BudgetRules;
import io.onceflow.common.retry.ConcurrencyLimits;
import io.onceflow.common.retry.ParkingQuota;
import io.onceflow.common.retry.PriorityRules;
import io.onceflow.common.retry.RetryControl;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawRecord;
import java.io.IOException;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads an order from the JSON of a control topic: one object with one of {@code pause}, {@code
 * resume}, {@code drain} (the name of a dependency) or {@code rules}. Everything that is not
 * exactly that is a dead letter, and the orders in force stay.
 *
 * <pre>{@code
 * {"pause": "bank"}
 * {"rules": {"attempts": {"max": 20, "deadline": "2h"}, "concurrency": {"total": 50}}}
 * }</pre>
 *
 * <p>Rules replace all rules. What they leave out is as the job started with, not as an earlier
 * order has set it.
 */
public final class RetryControlDecoder implements Decoder<RetryControl> {

  /** The record is no order. */
  public static final String MALFORMED_CONTROL = "malformed_control";

  private static final long serialVersionUID = 1L;
  private static final int MAX_BYTES = 64 << 10;
  private static final Set<String> ORDERS = Set.of("pause", "resume", "drain", "rules");

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final RetryRules start;

  /**
   * @param start the rules that the job starts with
   */
  public RetryControlDecoder(RetryRules start) {
    this.start = start;
  }

  @Override
  public RetryControl decode(RawRecord record) throws DecodeException {
    byte[] value = record.value();
    if (value == null || value.length > MAX_BYTES) {
      throw new DecodeException(
          MALFORMED_CONTROL,
          "An order has 1 to %d bytes, this one has %s."
              .formatted(MAX_BYTES, value == null ? "none" : value.length));
    }
    try {
      JsonGroup order = new JsonGroup("order", MAPPER.readTree(value));
      RetryControl control = control(order);
      order.nothingElse();
      return control;
    } catch (IOException e) {
      throw new DecodeException(MALFORMED_CONTROL, "The order is not one JSON object.");
    } catch (IllegalArgumentException e) {
      throw new DecodeException(MALFORMED_CONTROL, e.getMessage());
    }
  }

  private RetryControl control(JsonGroup order) {
    for (String name : ORDERS) {
      if (order.has(name)) {
        return switch (name) {
          case "pause" -> new RetryControl.Pause(order.text(name, null));
          case "resume" -> new RetryControl.Resume(order.text(name, null));
          case "drain" -> new RetryControl.Drain(order.text(name, null));
          default -> new RetryControl.ChangeRules(rules(order.group(name)));
        };
      }
    }
    throw new IllegalArgumentException("An order needs one of pause, resume, drain and rules.");
  }

  private RetryRules rules(JsonGroup rules) {
    return new RetryRules(
        backoff(rules.group("backoff"), start.backoff()),
        attempts(rules.group("attempts"), start.attempts()),
        concurrency(rules.group("concurrency"), start.concurrency()),
        budget(rules.group("budget"), start.budget()),
        breaker(rules.group("breaker"), start.breaker()),
        priorities(rules.group("priorities"), start.priorities()),
        quota(rules.group("quota"), start.quota()));
  }

  private static Backoff backoff(JsonGroup group, Backoff orElse) {
    return new Backoff(
        group.duration("first", orElse.first()), group.duration("max", orElse.max()));
  }

  private static AttemptLimits attempts(JsonGroup group, AttemptLimits orElse) {
    return new AttemptLimits(
        group.integer("max", orElse.maxAttempts()),
        group.integer("max-unknown", orElse.maxUnknown()),
        group.duration("timeout", orElse.attemptTimeout()),
        group.duration("deadline", orElse.deadline()));
  }

  private static ConcurrencyLimits concurrency(JsonGroup group, ConcurrencyLimits orElse) {
    return new ConcurrencyLimits(
        group.integer("total", orElse.total()),
        group.integer("per-dependency", orElse.perDependency()));
  }

  private static BudgetRules budget(JsonGroup group, BudgetRules orElse) {
    return new BudgetRules(
        group.fraction("share", orElse.share()),
        group.fraction("min-per-second", orElse.minPerSecond()));
  }

  private static BreakerRules breaker(JsonGroup group, BreakerRules orElse) {
    return new BreakerRules(
        group.integer("window", orElse.window()),
        group.integer("failure-percent", orElse.failurePercent()),
        group.duration("open-for", orElse.openFor()),
        group.integer("probes", orElse.probes()));
  }

  private static PriorityRules priorities(JsonGroup group, PriorityRules orElse) {
    return new PriorityRules(
        group.duration("aging", orElse.aging()),
        group.integers("reserved-percent", orElse.reservedPercent()));
  }

  private static ParkingQuota quota(JsonGroup group, ParkingQuota orElse) {
    return new ParkingQuota(
        group.integer("messages", orElse.messages()),
        group.number("bytes", orElse.bytes()),
        group.oneOf("overflow", ParkingQuota.Overflow.class, orElse.overflow()),
        group.duration("max-block", orElse.maxBlock()));
  }
}
