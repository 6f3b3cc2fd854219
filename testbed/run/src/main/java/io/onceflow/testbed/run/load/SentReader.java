package io.onceflow.testbed.run.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one file of a {@link SentLog} again, line by line. Used by one thread. */
public final class SentReader implements Closeable {

  private final Path file;
  private final JsonParser parser;
  private long last;
  private boolean finished;

  /** Opens the file. */
  public SentReader(Path file) throws IOException {
    this.file = file;
    this.parser =
        new JsonFactory()
            .createParser(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
  }

  /**
   * One line.
   *
   * @param seq the sender's number of the record in this partition
   * @param command the record's value
   * @param meant what its maker wants to become of it
   */
  public record Line(long seq, byte[] command, Meant meant) {}

  /** The number that the next line has, when there is one. */
  public long expected() {
    return last + 1;
  }

  /** Whether the sender ended well, known when {@link #next} has returned null. */
  public boolean isFinished() {
    return finished;
  }

  /** The next line, or null at the end; a last line that was cut off by a crash is the end too. */
  public Line next() throws IOException {
    try {
      return parser.nextToken() == JsonToken.START_OBJECT ? readLine() : null;
    } catch (com.fasterxml.jackson.core.io.JsonEOFException cutOff) {
      return null;
    } catch (com.fasterxml.jackson.core.JsonParseException e) {
      throw new IOException("%s is damaged: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  private Line readLine() throws IOException {
    long seq = 0;
    byte[] command = null;
    Meant meant = Meant.UNKNOWN;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "seq" -> seq = parser.getLongValue();
        case "command" -> command = parser.getText().getBytes(StandardCharsets.UTF_8);
        case "malformed" -> meant = parser.getBooleanValue() ? Meant.MALFORMED : Meant.WELL_FORMED;
        case "end" -> finished = true;
        case "base64" -> command = parser.getBinaryValue();
        default -> parser.skipChildren();
      }
    }
    if (finished) {
      return null;
    }
    last = seq;
    return new Line(seq, command, meant);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
