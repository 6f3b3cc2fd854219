package io.onceflow.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads a command from a record's JSON, strictly: everything {@code docs/ledger.md} does not allow
 * is a {@link DecodeException}, and nothing else is ever thrown, whatever the bytes. Bounded in
 * size and depth; a number that is too long is never converted.
 */
public final class CommandDecoder implements Decoder<Command> {

  /** The largest record that is looked at, unless configured otherwise. */
  public static final int DEFAULT_MAX_BYTES = 64 * 1024;

  /** The last millisecond of the year 9999: what PostgreSQL and the expiry queue can hold. */
  public static final long MAX_TIMESTAMP_MS = 253_402_300_799_999L;

  private static final long serialVersionUID = 1L;
  private static final int MAX_DEPTH = 32;

  private final int maxBytes;
  private final boolean timeOrderedIds;
  private transient JsonFactory factory;
  private transient CommandReader reader;

  /**
   * A decoder with the default limits that takes ids of every UUID version but the ledger's own.
   */
  public CommandDecoder() {
    this(DEFAULT_MAX_BYTES, false);
  }

  /**
   * @param maxBytes the largest record that is looked at
   * @param timeOrderedIds whether ids must be UUIDs of version 7, which is what forgetting old ids
   *     needs
   */
  public CommandDecoder(int maxBytes, boolean timeOrderedIds) {
    this.maxBytes = maxBytes;
    this.timeOrderedIds = timeOrderedIds;
  }

  @Override
  public Command decode(RawRecord record) throws DecodeException {
    byte[] json = record.value();
    checkBytes(json);
    if (record.timestampMs() < 0 || record.timestampMs() > MAX_TIMESTAMP_MS) {
      throw new DecodeException(
          "invalid_timestamp",
          "The record's timestamp "
              + record.timestampMs()
              + " ms is not between 1970 and 9999; set message.timestamp.type=LogAppendTime on the topic.");
    }
    if (factory == null) {
      factory = newFactory();
      reader = new CommandReader(timeOrderedIds);
    }
    try (JsonParser parser = factory.createParser(json)) {
      return reader.read(parser, record);
    } catch (StreamConstraintsException e) {
      throw new DecodeException(
          "too_deep", "The JSON is nested more than " + MAX_DEPTH + " levels deep.");
    } catch (JsonParseException e) {
      throw new DecodeException(
          "malformed_json",
          "The value is not one JSON object: the error is at byte "
              + e.getLocation().getByteOffset()
              + ".");
    } catch (IOException e) {
      throw new DecodeException("malformed_json", "The value cannot be read as JSON.");
    }
  }

  private void checkBytes(byte[] json) throws DecodeException {
    if (json == null || json.length == 0) {
      throw new DecodeException("empty", "The record has no value.");
    }
    if (json.length > maxBytes) {
      throw new DecodeException(
          "too_large", "The value has " + json.length + " bytes; the limit is " + maxBytes + ".");
    }
    boolean ascii = true;
    boolean zero = false;
    for (byte b : json) {
      ascii &= b >= 0;
      zero |= b == 0;
    }
    if (!ascii) {
      checkUtf8(json);
    }
    if (zero) {
      // Jackson would take it for UTF-16 or UTF-32.
      throw new DecodeException("malformed_json", "The value contains a zero byte.");
    }
  }

  private static void checkUtf8(byte[] json) throws DecodeException {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
    } catch (CharacterCodingException e) {
      throw new DecodeException("invalid_utf8", "The value is not valid UTF-8.");
    }
  }

  private JsonFactory newFactory() {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(maxBytes)
                .maxNameLength(maxBytes)
                .maxNumberLength(maxBytes)
                .build())
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .build();
  }
}
