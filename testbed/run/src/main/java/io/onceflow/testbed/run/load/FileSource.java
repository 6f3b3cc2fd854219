package io.onceflow.testbed.run.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A user's file, one command per line. Lines go as they are, byte by byte, also those that are not
 * commands: it is the job that refuses them. Empty lines are left out.
 */
public final class FileSource implements CommandSource, Closeable {

  private final InputStream in;
  private final int partitions;
  private final JsonFactory json = new JsonFactory();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** Opens the file. */
  public FileSource(Path file, int partitions) throws IOException {
    this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    this.partitions = partitions;
  }

  @Override
  public Input next() throws IOException {
    while (true) {
      line.reset();
      int b = in.read();
      if (b < 0) {
        return null;
      }
      while (b >= 0 && b != '\n') {
        line.write(b);
        b = in.read();
      }
      byte[] bytes = withoutReturn(line.toByteArray());
      if (bytes.length > 0) {
        String group = group(bytes);
        int partition = Partitions.of(group == null ? "" : group, partitions);
        return new Input(group, partition, bytes, Meant.UNKNOWN);
      }
    }
  }

  private static byte[] withoutReturn(byte[] bytes) {
    int length = bytes.length;
    return length > 0 && bytes[length - 1] == '\r'
        ? java.util.Arrays.copyOf(bytes, length - 1)
        : bytes;
  }

  /** The group, or null for a line in which none can be found. */
  private String group(byte[] bytes) {
    try (JsonParser parser = json.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("group") && value == JsonToken.VALUE_STRING) {
          return parser.getText();
        }
        parser.skipChildren();
      }
      return null;
    } catch (IOException notJson) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
