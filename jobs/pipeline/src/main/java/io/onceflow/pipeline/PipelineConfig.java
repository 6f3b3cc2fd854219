package io.onceflow.pipeline;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import java.util.Optional;

/**
 * The pipeline job's configuration; {@code flink-conf/jobs/pipeline.yaml} is an example.
 *
 * @param source the topic of numbers
 * @param output the topic of doubled numbers
 * @param deadLetters the topic for what is no number
 * @param sql the script that takes the place of the DataStream; read where the job is submitted
 */
public record PipelineConfig(
    KafkaSourceConfig source,
    KafkaSinkConfig output,
    KafkaSinkConfig deadLetters,
    Optional<String> sql) {

  /** Reads all keys. */
  public static PipelineConfig read(ConfigReader reader) {
    var kafka = KafkaConfig.read(reader.group("kafka"));
    return new PipelineConfig(
        KafkaSourceConfig.read(reader.group("source"), kafka),
        KafkaSinkConfig.read(reader.group("output"), kafka),
        KafkaSinkConfig.read(reader.group("dead-letters"), kafka),
        reader
            .group("pipeline")
            .string(
                "sql",
                "A SQL script that takes the place of the DataStream, such as flink-conf/sql/pipeline.sql; read where the job is submitted.")
            .optional());
  }
}
