package io.onceflow.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.packaging.JobJar;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is in the jar that users submit, and what the cluster brings instead. */
class PackagingIT {

  private static final JobJar JAR = JobJar.of("relay");

  @Test
  void theJarHasTheJobAndItsLibraries() throws IOException {
    assertThat(JAR.entries())
        .contains(
            "io/onceflow/relay/RelayMain.class",
            "io/onceflow/common/source/RawRecord.class",
            "org/apache/flink/connector/kafka/source/KafkaSource.class",
            "com/rabbitmq/client/ConnectionFactory.class",
            "com/rabbitmq/stream/Environment.class");
  }

  @Test
  void theJarLeavesFlinkLoggingAndTheDriverToTheCluster() throws IOException {
    assertThat(JAR.entries()).noneMatch(JobJar::isOfTheCluster);
  }

  @Test
  void theJarStartsTheRelay() throws IOException {
    assertThat(JAR.mainClass()).isEqualTo("io.onceflow.relay.RelayMain");
  }
}
