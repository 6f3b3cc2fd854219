package io.onceflow.producer.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Small JSON, bounded in size, depth and numbers. */
final class Json {

  static final int MAX_BYTES = 4 << 20;
  private static final int MAX_DEPTH = 8;

  /** Without buffers per thread, which would outlive a job in a thread of its cluster. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(40)
                  .maxStringLength(64 << 10)
                  .maxNameLength(256)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.USE_THREAD_LOCAL_FOR_BUFFER_RECYCLING)
          .build();

  private Json() {}

  /** Writes fields or elements. */
  interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  static byte[] write(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("JSON that is written to memory failed.", e);
    }
    return bytes.toByteArray();
  }

  /** Objects as maps, arrays as lists, texts, longs, doubles, booleans and null. */
  static Object read(byte[] json) throws MalformedException {
    if (json == null || json.length > MAX_BYTES) {
      throw new MalformedException(
          "malformed_json",
          json == null
              ? "There is no JSON."
              : "The JSON has %d bytes; the limit is %d.".formatted(json.length, MAX_BYTES));
    }
    try (JsonParser in = FACTORY.createParser(json)) {
      in.nextToken();
      Object value = value(in);
      if (in.nextToken() != null) {
        throw new MalformedException("malformed_json", "More follows after the JSON.");
      }
      return value;
    } catch (IOException e) {
      throw new MalformedException("malformed_json", "The bytes are not the JSON wanted.", e);
    }
  }

  private static Object value(JsonParser in) throws IOException, MalformedException {
    JsonToken token = in.currentToken();
    if (token == null) {
      throw new MalformedException("malformed_json", "The JSON is empty or ends early.");
    }
    return switch (token) {
      case START_OBJECT -> object(in);
      case START_ARRAY -> array(in);
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> in.getLongValue();
      case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new MalformedException("malformed_json", "The JSON has a stray " + token);
    };
  }

  private static Map<String, Object> object(JsonParser in) throws IOException, MalformedException {
    Map<String, Object> object = new HashMap<>();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      in.nextToken();
      object.put(name, value(in));
    }
    return object;
  }

  private static List<Object> array(JsonParser in) throws IOException, MalformedException {
    List<Object> array = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(in));
    }
    return array;
  }

  /** A JSON object whose fields are asked for by type. */
  record Fields(Map<?, ?> all) {

    static Fields of(Object value) throws MalformedException {
      if (value instanceof Map<?, ?> map) {
        return new Fields(map);
      }
      throw new MalformedException("malformed_json", "The JSON is not an object.");
    }

    private <T> T required(String name, Class<T> type) throws MalformedException {
      Object value = all.get(name);
      if (type.isInstance(value)) {
        return type.cast(value);
      }
      throw new MalformedException(
          "malformed_json",
          "The field %s needs a %s.".formatted(name, type.getSimpleName().toLowerCase()));
    }

    String text(String name) throws MalformedException {
      return required(name, String.class);
    }

    long number(String name) throws MalformedException {
      return required(name, Long.class);
    }

    boolean flag(String name) throws MalformedException {
      return required(name, Boolean.class);
    }

    List<?> list(String name) throws MalformedException {
      return required(name, List.class);
    }
  }
}
