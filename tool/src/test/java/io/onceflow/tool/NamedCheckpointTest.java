package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedCheckpointTest {

  @TempDir Path directory;

  private static List<String> doubts(Path path, boolean newest) {
    return new NamedCheckpoint(path.toUri().toString(), newest).doubts(8);
  }

  @Test
  void aNewerCheckpointBesideItIsFoundHoweverItIsNamed() throws Exception {
    var older = CheckpointFile.write(directory, 8, epoch(8, 7, 3));
    assertThat(doubts(older, false)).isEmpty();

    Files.createDirectories(directory.resolve("chk-10"));
    assertThat(doubts(older, false)).as("without _metadata").isEmpty();

    CheckpointFile.write(directory, 9, epoch(9, 8, 4));
    assertThat(doubts(older, false)).singleElement().asString().contains("chk-9", "is newer");
    assertThat(doubts(older.resolve("_metadata"), false)).hasSize(1);
    assertThat(doubts(older, true)).as("no confirmation counts against it").hasSize(1);
  }

  @Test
  void aSavepointIsNewestOnlyWhenAPersonConfirmsIt() {
    var savepoint = directory.resolve("savepoint-1f3a-0123");

    assertThat(doubts(savepoint, false)).singleElement().asString().contains("--newest");
    assertThat(doubts(savepoint.resolve("_metadata"), false)).hasSize(1);
    assertThat(doubts(savepoint, true)).isEmpty();
  }

  @Test
  void aDirectoryThatCannotBeListedIsADoubt() {
    var gone = directory.resolve("gone").resolve("chk-8");

    assertThat(doubts(gone, false)).singleElement().asString().contains("cannot be listed");
    assertThat(doubts(gone, true)).isEmpty();
  }
}
