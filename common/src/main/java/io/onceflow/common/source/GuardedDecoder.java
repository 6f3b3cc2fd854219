package io.onceflow.common.source;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Decodes records so that no record can stop the job: what the decoder refuses, and what it dies
 * of, goes to the side output {@link #DEAD_LETTERS}. Every record leaves by exactly one of the two
 * ways, and {@link DecoderMetrics} counts both.
 *
 * <p>Failures of later operators pass through untouched: they are not the record's fault.
 *
 * @param <T> the decoded type
 */
public final class GuardedDecoder<T> extends ProcessFunction<RawRecord, T>
    implements ResultTypeQueryable<T> {

  /** Where the records go that cannot be decoded. */
  public static final OutputTag<DeadLetter> DEAD_LETTERS =
      new OutputTag<>("dead-letters", TypeInformation.of(DeadLetter.class));

  /** The decoder threw something else than a {@link DecodeException}. */
  public static final String DECODER_FAILED = "decoder_failed";

  /** The decoder ran out of stack; the input is nested too deeply for it. */
  public static final String NESTED_TOO_DEEPLY = "nested_too_deeply";

  /** The decoder returned null. */
  public static final String DECODED_TO_NOTHING = "decoded_to_nothing";

  private static final long serialVersionUID = 1L;

  private final Decoder<T> decoder;
  private final TypeInformation<T> type;
  private transient DecoderMetrics metrics;

  /**
   * @param decoder one instance per task
   * @param type of what it returns; Kryo is not an option
   */
  public GuardedDecoder(Decoder<T> decoder, TypeInformation<T> type) {
    this.decoder = decoder;
    this.type = type;
  }

  @Override
  public void open(OpenContext context) {
    metrics = new DecoderMetrics(getRuntimeContext().getMetricGroup());
  }

  @Override
  public void processElement(RawRecord record, Context context, Collector<T> out) {
    T value = decode(record, context);
    if (value != null) {
      metrics.decoded();
      out.collect(value);
    }
  }

  /** The decoded value, or null after the record has gone to the dead letters. */
  private T decode(RawRecord record, Context context) {
    try {
      T value = decoder.decode(record);
      if (value == null) {
        reject(record, context, DECODED_TO_NOTHING, "The decoder returned null.");
      }
      return value;
    } catch (DecodeException e) {
      reject(record, context, e.code(), e.getMessage());
    } catch (StackOverflowError e) {
      reject(record, context, NESTED_TOO_DEEPLY, "The decoder ran out of stack.");
    } catch (RuntimeException e) {
      reject(record, context, DECODER_FAILED, e.toString());
    }
    return null;
  }

  private void reject(RawRecord record, Context context, String code, String detail) {
    metrics.deadLettered(code);
    context.output(DEAD_LETTERS, DeadLetter.of(record, code, detail));
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return type;
  }
}
