package io.onceflow.common.source;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * The two ways out of a decoder.
 *
 * @param values what could be decoded, in the order of the records
 * @param deadLetters what could not; a job that does not write these loses them
 * @param <T> the decoded type
 */
public record DecodedStream<T>(DataStream<T> values, DataStream<DeadLetter> deadLetters) {

  /**
   * Puts a {@link GuardedDecoder} behind a stream of raw records.
   *
   * @param uid the operator's uid and name, such as {@code decode-transfers}
   */
  public static <T> DecodedStream<T> of(
      DataStream<RawRecord> records, Decoder<T> decoder, TypeInformation<T> type, String uid) {
    SingleOutputStreamOperator<T> decoded =
        records.process(new GuardedDecoder<>(decoder, type)).uid(uid).name(uid);
    return new DecodedStream<>(decoded, decoded.getSideOutput(GuardedDecoder.DEAD_LETTERS));
  }
}
