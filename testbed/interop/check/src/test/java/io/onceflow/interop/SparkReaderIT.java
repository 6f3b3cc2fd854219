package io.onceflow.interop;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spark Structured Streaming beside the job. */
class SparkReaderIT {

  private static final ReaderCase READER =
      new ReaderCase("spark", "io.onceflow.interop.spark.SparkReader");

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
