package io.onceflow.pipeline;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The topology of the pipeline as a DataStream; {@link PipelineSql} is the same in SQL.
 *
 * <pre>
 *   numbers - times-two - sink-output
 * </pre>
 */
public final class PipelineJob {

  /** The function. */
  public static final String TIMES_TWO_UID = "times-two";

  private PipelineJob() {}

  /** Returns each number's double, with its key and timestamp. */
  public static DataStream<NumberRecord> define(DataStream<NumberRecord> numbers) {
    return numbers
        .map(new OfNumber(new TimesTwo()))
        .returns(NumberSerializer.TYPE)
        .name("times two")
        .uid(TIMES_TWO_UID);
  }

  /** Applies a function of numbers to the number of a record. */
  record OfNumber(MapFunction<Long, Long> function)
      implements MapFunction<NumberRecord, NumberRecord> {

    private static final long serialVersionUID = 1L;

    @Override
    public NumberRecord map(NumberRecord record) throws Exception {
      return record.withNumber(function.map(record.number()));
    }
  }
}
