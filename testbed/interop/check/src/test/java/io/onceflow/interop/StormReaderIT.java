package io.onceflow.interop;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Storm topology beside the job. */
class StormReaderIT {

  private static final ReaderCase READER =
      new ReaderCase("storm", "io.onceflow.interop.storm.StormReader");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"staged", "kafka-sink"})
  void everyDoubledNumberIsReadOnce(String strategy) throws Exception {
    READER.everyValueIsReadOnce(strategy, directory);
  }

  @Test
  void aReaderOfUncommittedRecordsIsNoticed() throws Exception {
    READER.aReaderOfUncommittedRecordsIsNoticed(directory);
  }
}
