package io.onceflow.tool;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.onceflow.common.config.OneLine;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;

/** Prints an answer: one JSON document, or text for a person. */
final class Printer {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addSerializer(Duration.class, ToStringSerializer.instance))
          .setDefaultPropertyInclusion(JsonInclude.Include.ALWAYS)
          .enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintWriter out;
  private final boolean json;

  Printer(PrintWriter out, boolean json) {
    this.out = new Lines(out);
    this.json = json;
  }

  /** Something that writes text for a person. */
  interface Text {
    void write(PrintWriter out);
  }

  /** Prints the answer in the form that was asked for. */
  void print(Object answer, Text text) {
    if (!json) {
      text.write(out);
      return;
    }
    try {
      out.write(JSON.writeValueAsString(answer) + System.lineSeparator());
      out.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(answer.getClass() + " has no JSON form.", e);
    }
  }

  /** What a store tells may hold anything; a line stays a line and colours no terminal. */
  private static final class Lines extends PrintWriter {

    private static final int MAX_CHARS = 1 << 20;

    Lines(PrintWriter out) {
      super(out, true);
    }

    @Override
    public void println(String line) {
      super.println(OneLine.of(line, MAX_CHARS));
    }
  }
}
