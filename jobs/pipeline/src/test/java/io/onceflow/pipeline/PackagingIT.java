package io.onceflow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** What is in the jar that users submit, and what the cluster brings instead. */
class PackagingIT {

  private static final Path JAR = Path.of("target/onceflow-pipeline-job.jar");

  @Test
  void theJarHasTheJobAndItsLibraries() throws IOException {
    assertThat(entries())
        .contains(
            "io/onceflow/pipeline/PipelineJob.class",
            "io/onceflow/common/source/RawRecord.class",
            "org/apache/flink/connector/kafka/source/KafkaSource.class");
  }

  @Test
  void theJarLeavesFlinkLoggingAndTheDriverToTheCluster() throws IOException {
    assertThat(entries())
        .noneMatch(
            name ->
                name.startsWith("org/apache/flink/core/")
                    || name.startsWith("org/apache/flink/table/")
                    || name.startsWith("org/apache/flink/streaming/runtime/")
                    || name.startsWith("org/apache/flink/streaming/api/")
                    || name.startsWith("org/apache/flink/runtime/")
                    || name.startsWith("org/slf4j/")
                    || name.startsWith("org/apache/logging/")
                    || name.startsWith("org/postgresql/")
                    || name.startsWith("io/onceflow/testbed/")
                    || name.startsWith("org/junit/"));
  }

  @Test
  void theJarStartsThePipeline() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS))
          .isEqualTo("io.onceflow.pipeline.PipelineMain");
    }
  }

  private static List<String> entries() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }
}
