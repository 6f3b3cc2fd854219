package io.onceflow.common.source;

import java.io.Serializable;

/**
 * Turns a raw record into a value, or says why it cannot.
 *
 * <p>One instance is used by one task thread. A decoder must not call anything outside the process:
 * the same record decodes to the same value on every replay.
 *
 * @param <T> the decoded type
 */
public interface Decoder<T> extends Serializable {

  /**
   * Decodes one record.
   *
   * @throws DecodeException when the record can never be decoded; it then goes to the dead letters
   */
  T decode(RawRecord record) throws DecodeException;
}
