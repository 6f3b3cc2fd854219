package io.onceflow.pipeline;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * {@code x * 2}, as a function of the DataStream API and of SQL ({@code times_two(x)}). Pure; one
 * instance per task thread.
 */
public final class TimesTwo extends ScalarFunction implements MapFunction<Long, Long> {

  /** The smallest number whose double is a 64-bit integer. */
  public static final long SMALLEST = Long.MIN_VALUE / 2;

  /** The largest number whose double is a 64-bit integer. */
  public static final long LARGEST = Long.MAX_VALUE / 2;

  private static final long serialVersionUID = 1L;

  /**
   * For SQL: the double of a number that is not NULL.
   *
   * @throws ArithmeticException when the double is no 64-bit integer
   */
  public long eval(long x) {
    return Math.multiplyExact(x, 2L);
  }

  /** For DataStreams. */
  @Override
  public Long map(Long x) {
    return eval(x);
  }
}
