package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.packaging.JobJar;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is in the jar that users submit, and what the cluster brings instead. */
class PackagingIT {

  private static final JobJar JAR = JobJar.of("ledger");

  @Test
  void theJarHasTheJobAndItsLibraries() throws IOException {
    assertThat(JAR.entries())
        .contains(
            "io/onceflow/ledger/LedgerJob.class",
            "io/onceflow/common/source/RawRecord.class",
            "com/fasterxml/jackson/core/JsonFactory.class",
            "org/apache/flink/connector/kafka/source/KafkaSource.class");
  }

  @Test
  void theJarLeavesFlinkLoggingAndTheDriverToTheCluster() throws IOException {
    assertThat(JAR.entries()).noneMatch(JobJar::isOfTheCluster);
  }

  @Test
  void theJarStartsTheLedger() throws IOException {
    assertThat(JAR.mainClass()).isEqualTo("io.onceflow.ledger.LedgerMain");
  }
}
