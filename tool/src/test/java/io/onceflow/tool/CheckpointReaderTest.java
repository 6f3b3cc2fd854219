package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.SinkId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointReaderTest {

  private static final SinkId SINK = new SinkId(ToolDatabase.SINK);

  @TempDir Path directory;

  private static CheckpointView read(Path checkpoint) throws HeldException {
    return CheckpointReader.read(SINK, checkpoint.toUri().toString());
  }

  @Test
  void theEpochsOfTheSinkAreReadOldestFirst() throws Exception {
    var newer = epoch(8, 7, 3, 4);
    var older = epoch(7, 6, 2);

    var view = read(CheckpointFile.write(directory, 8, newer, older));

    assertThat(view.checkpointId()).isEqualTo(8);
    assertThat(view.lineage()).isEqualTo(ToolDatabase.LINEAGE);
    assertThat(view.epochs()).containsExactly(older, newer);
    assertThat(Plan.named(view)).hasSize(3);
  }

  @Test
  void aCheckpointOfAnotherSinkDecidesNothing() throws Exception {
    var checkpoint = CheckpointFile.write(directory, 8, epoch(8, 7, 3));

    assertThatThrownBy(
            () -> CheckpointReader.read(new SinkId("payments-2"), checkpoint.toUri().toString()))
        .isInstanceOf(HeldException.class)
        .hasMessageContaining("holds no epoch of sink 'payments-2'");
  }

  @Test
  void committablesThatCannotBeReadBesideOursHoldEverything() throws Exception {
    var checkpoint =
        CheckpointFile.write(
            directory,
            8,
            List.of(CheckpointFile.collected(epoch(8, 7, 4)), CheckpointFile.foreign()));

    assertThatThrownBy(() -> read(checkpoint))
        .isInstanceOf(HeldException.class)
        .hasMessageContaining("1 of the committables of sink 'payments' cannot be read");
  }

  @Test
  void aFileThatIsCutCannotBeRead() throws Exception {
    var checkpoint = CheckpointFile.write(directory, 8, epoch(8, 7, 3));
    var metadata = checkpoint.resolve("_metadata");
    var bytes = Files.readAllBytes(metadata);
    Files.write(metadata, java.util.Arrays.copyOf(bytes, bytes.length - 30));

    assertThatThrownBy(() -> read(checkpoint))
        .isInstanceOf(HeldException.class)
        .hasMessageContaining("cannot be read");
    assertThatThrownBy(() -> read(directory.resolve("chk-99")))
        .isInstanceOf(HeldException.class)
        .hasMessageContaining("cannot be read");
  }
}
