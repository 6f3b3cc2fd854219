package io.onceflow.testbed.chaos.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosFileSystemTest {
  @TempDir java.nio.file.Path directory;
  private final List<String> points = new ArrayList<>();
  private ControlDirectory control;
  private ChaosFileSystem fileSystem;

  @BeforeEach
  void makeFileSystem() {
    control = new ControlDirectory(directory.resolve("control"));
    fileSystem = new ChaosFileSystem(new Disk(control), points::add);
  }

  private Path path(String name) {
    return new Path("chaos", null, directory.resolve(name).toString());
  }

  private void write(String name) throws IOException {
    try (var out = fileSystem.create(path(name), FileSystem.WriteMode.OVERWRITE)) {
      out.write("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Test
  void itIsFoundByItsScheme() {
    assertThat(ServiceLoader.load(FileSystemFactory.class))
        .anyMatch(factory -> factory.getScheme().equals("chaos"));
  }

  @Test
  void aHealthyDiskIsTheLocalOneUnderAnotherName() throws IOException {
    write("a/file");

    assertThat(directory.resolve("a/file")).hasContent("hello");
    assertThat(fileSystem.exists(path("a/file"))).isTrue();
    assertThat(fileSystem.listStatus(path("a")))
        .extracting(status -> status.getPath().toString())
        .containsExactly("chaos:" + directory.resolve("a/file"));
    try (var in = fileSystem.open(path("a/file"))) {
      assertThat(in.readAllBytes()).hasSize(5);
    }
    assertThat(fileSystem.delete(path("a"), true)).isTrue();
    assertThat(directory.resolve("a")).doesNotExist();
  }

  @Test
  void aFullDiskRefusesWritesUnderItsDirectoryUntilItHasSpaceAgain() throws IOException {
    write("full/before");
    control.begin("test", DiskTrouble.full(directory.resolve("full").toString()));
    awaitLook();

    assertThatThrownBy(() -> write("full/file")).hasMessageContaining("No space left on device");
    write("fuller/file");
    try (var in = fileSystem.open(path("full/before"))) {
      assertThat(in.read()).isEqualTo('h');
    }

    control.end("test");
    awaitLook();
    write("full/file");
  }

  @Test
  void aBrokenDiskFailsInTheMiddleOfAFile() throws IOException {
    try (var out = fileSystem.create(path("f"), FileSystem.WriteMode.OVERWRITE)) {
      out.write(1);
      control.begin("test", DiskTrouble.broken(directory.toString()));
      awaitLook();

      assertThatThrownBy(() -> out.write(2)).hasMessageContaining("Input/output error");
      assertThatThrownBy(() -> fileSystem.open(path("f"))).isInstanceOf(IOException.class);
      control.clear();
    }
  }

  @Test
  void aSlowDiskTakesItsTime() throws IOException {
    control.begin("test", DiskTrouble.slow(directory.toString(), Duration.ofMillis(150)));
    awaitLook();
    long begin = System.nanoTime();

    write("f");

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(290));
  }

  @Test
  void theCoordinatorsStepsAreSeenByTheFilesItTouches() throws IOException {
    write("job/chk-7/_metadata");
    write("ha/completedCheckpoint123");
    fileSystem.delete(path("ha/completedCheckpoint123"), false);
    write("savepoint-1/_metadata");

    assertThat(points).containsExactlyElementsOf(CoordinatorPoints.all());
  }

  @Test
  void anArmedPointIsTakenOnceAndHitsAreCounted() throws IOException {
    control.arm("p", ControlDirectory.HALT);

    assertThat(control.takeArmed("p")).contains(ControlDirectory.HALT);
    assertThat(control.takeArmed("p")).isEmpty();
    new CoordinatorPoints(control).reach("q");
    control.writeHits(1, java.util.Map.of("q", 2L));
    assertThat(control.hits()).containsExactly(java.util.Map.entry("q", 3L));
    assertThat(control.root().resolve("arm")).isEmptyDirectory();
  }

  /** The disk looks at the control directory every 20 ms. */
  private static void awaitLook() {
    Awaitility.await().pollDelay(Duration.ofMillis(30)).until(() -> true);
  }
}
