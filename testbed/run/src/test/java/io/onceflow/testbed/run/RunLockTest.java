package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

  @TempDir Path directory;

  @Test
  void oneAtATimeHasTheLockAndAnotherGetsItAfterwards() throws IOException {
    Path file = directory.resolve("run").resolve("lock");
    try (RunLock first = RunLock.tryAcquire(file).orElseThrow()) {
      assertThat(first).isNotNull();
      assertThat(RunLock.tryAcquire(file)).isEmpty();
    }
    try (RunLock second = RunLock.tryAcquire(file).orElseThrow()) {
      assertThat(second).isNotNull();
    }
  }

  @Test
  void theLockIsOutsideOfWhatARunDeletes() {
    assertThat(RunFiles.lock().startsWith(RunFiles.of(null).directory())).isFalse();
  }
}
