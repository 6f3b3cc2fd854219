package io.onceflow.testbed.chaos.truth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.testbed.chaos.job.Transfer;
import io.onceflow.testbed.chaos.job.TransferJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TruthLogTest {

  private static final Transfer FIRST = Transfer.of("r", 3, 1, 0, 1, 5);
  private static final Transfer SECOND = Transfer.of("r", 3, 2, 1, 2, 6);

  @TempDir Path directory;

  @Test
  void whatIsAppendedIsOnTheDisk() throws Exception {
    var file = directory.resolve("truth.jsonl");
    try (var log = TruthLog.create(file)) {
      log.append(List.of(FIRST), List.of("poison-r-0"));
      log.append(List.of(SECOND), List.of());
      assertSame(log);
      assertSame(TruthLog.read(file));
    }
  }

  private static void assertSame(TruthLog log) {
    assertThat(log.position()).isEqualTo(2);
    assertThat(log.at(1)).isEqualTo(SECOND);
    assertThat(log.find(3, 2)).isEqualTo(1);
    assertThat(log.find(3, 3)).isEqualTo(-1);
    assertThat(log.find(4, 1)).isEqualTo(-1);
    assertThat(log.poison()).containsExactly("poison-r-0");
    assertThat(log.poison(1)).containsExactly("poison-r-0");
    assertThat(log.poison(0)).isEmpty();
  }

  @Test
  void aFileThatWasChangedIsRefused() throws Exception {
    var file = directory.resolve("truth.jsonl");
    Files.writeString(file, FIRST.json().replace("\"amount\":5", "\"amount\":7"));
    assertThatThrownBy(() -> TruthLog.read(file)).isInstanceOf(IOException.class);
  }

  @Test
  void aGapIsRefused() throws Exception {
    try (var log = TruthLog.create(directory.resolve("truth.jsonl"))) {
      assertThatThrownBy(() -> log.append(List.of(SECOND), List.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void poisonIsNoTransferAndKeepsItsId(int number) {
    var value = Poison.value("poison-r-7", number);
    assertThat(Poison.idIn(value)).isEqualTo("poison-r-7");
    assertThatThrownBy(() -> new TransferJson().decode(record(value)))
        .isInstanceOfAny(DecodeException.class, StackOverflowError.class);
  }

  @Test
  void aTransferIsReadAsItWasSent() throws Exception {
    assertThat(new TransferJson().decode(record(FIRST.json()))).isEqualTo(FIRST);
  }

  private static RawRecord record(String value) {
    return new RawRecord("t", 0, 0, 0, null, value.getBytes(StandardCharsets.UTF_8));
  }
}
