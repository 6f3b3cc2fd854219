package io.onceflow.testbed.run.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.testbed.run.load.CommandSource.Meant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentLogTest {

  @TempDir Path directory;

  @Test
  void whatWasWrittenIsReadByteByByte() throws IOException {
    byte[][] commands = {
      "{\"type\":\"close\",\"group\":\"a\\b\"}".getBytes(StandardCharsets.UTF_8),
      new byte[0],
      {(byte) 0xFF, '{', 0},
      "line\nbreak\u0001\u007f \u00e4 \uD83D\uDE00".getBytes(StandardCharsets.UTF_8),
      random(3000)
    };
    try (SentLog log = new SentLog(directory, "me", 2)) {
      for (byte[] command : commands) {
        log.append(1, command, Meant.MALFORMED);
      }
      log.finish();
    }
    try (SentReader reader = new SentReader(directory.resolve("me-1.jsonl"))) {
      for (int i = 0; i < commands.length; i++) {
        assertThat(reader.expected()).isEqualTo(i + 1);
        SentReader.Line line = reader.next();
        assertThat(line.seq()).isEqualTo(i + 1);
        assertThat(line.command()).isEqualTo(commands[i]);
      }
      assertThat(reader.next()).isNull();
      assertThat(reader.isFinished()).isTrue();
    }
    assertThat(Files.readAllLines(directory.resolve("me-1.jsonl"))).hasSize(commands.length + 1);
    assertThat(directory.resolve("me-0.jsonl")).hasContent("{\"end\":0}");
  }

  @Test
  void whatACommandWasMeantToBeIsRead() throws IOException {
    try (SentLog log = new SentLog(directory, "me", 1)) {
      for (Meant meant : Meant.values()) {
        log.append(0, new byte[] {'a'}, meant);
      }
    }
    try (SentReader reader = new SentReader(directory.resolve("me-0.jsonl"))) {
      for (Meant meant : Meant.values()) {
        assertThat(reader.next().meant()).isEqualTo(meant);
      }
    }
  }

  @Test
  void aLineThatACrashCutOffIsTheEnd() throws IOException {
    try (SentLog log = new SentLog(directory, "me", 1)) {
      log.append(0, new byte[] {'a'}, Meant.UNKNOWN);
      log.append(0, new byte[] {'b'}, Meant.UNKNOWN);
    }
    Path file = directory.resolve("me-0.jsonl");
    byte[] whole = Files.readAllBytes(file);
    Files.write(
        file,
        java.util.Arrays.copyOf(whole, whole.length - 4),
        StandardOpenOption.TRUNCATE_EXISTING);
    try (SentReader reader = new SentReader(file)) {
      assertThat(reader.next().command()).isEqualTo(new byte[] {'a'});
      assertThat(reader.next()).isNull();
      assertThat(reader.isFinished()).isFalse();
    }
  }

  @Test
  void aSenderIsNeverUsedTwice() throws IOException {
    new SentLog(directory, "me", 1).close();
    assertThatThrownBy(() -> new SentLog(directory, "me", 1))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }
}
