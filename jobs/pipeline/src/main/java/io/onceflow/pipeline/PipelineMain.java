package io.onceflow.pipeline;

import io.onceflow.common.config.ConfigException;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.Mistake;
import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.DecodedStream;
import io.onceflow.common.source.KafkaRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Wires the pipeline to Kafka: {@code flink run onceflow-pipeline-job.jar --config FILE}.
 *
 * <pre>
 *   source-numbers - decode-numbers -+- times two, or a SQL script - sink-output
 *                                    +- sink-dead-letters
 * </pre>
 */
public final class PipelineMain implements Job<PipelineConfig> {

  /** Starts the job. */
  public static void main(String[] args) throws Exception {
    JobMain.run(new PipelineMain(), args);
  }

  @Override
  public String name() {
    return "pipeline";
  }

  @Override
  public PipelineConfig config(ConfigReader reader) {
    return PipelineConfig.read(reader);
  }

  @Override
  public void define(StreamExecutionEnvironment env, PipelineConfig config) {
    var records =
        env.fromSource(
                KafkaRecords.source(config.source()), WatermarkStrategy.noWatermarks(), "numbers")
            .uid("source-numbers");
    var decoded =
        DecodedStream.of(records, new NumberDecoder(), NumberSerializer.TYPE, "decode-numbers");
    decoded
        .deadLetters()
        .sinkTo(DeadLetterTopic.kafkaSink(config.deadLetters(), env.getConfiguration()))
        .name("dead letters")
        .uid("sink-dead-letters");
    var doubled =
        config
            .sql()
            .map(file -> bySql(env, decoded.values(), file))
            .orElseGet(() -> PipelineJob.define(decoded.values()));
    doubled
        .sinkTo(
            KafkaSinks.exactlyOnce(
                config.output(), env.getConfiguration(), new NumberMapper(config.output().topic())))
        .name("output")
        .uid("sink-output");
  }

  private static DataStream<NumberRecord> bySql(
      StreamExecutionEnvironment env, DataStream<NumberRecord> numbers, String file) {
    try {
      return PipelineSql.define(env, numbers, SqlScript.read(Path.of(file)));
    } catch (IOException e) {
      throw mistake(file, "cannot be read (" + e + ")");
    } catch (IllegalArgumentException e) {
      throw mistake(file, e.getMessage());
    } catch (RuntimeException e) {
      // What the planner throws has types of its own parser too, which no job sees.
      Throwable innermost = e;
      while (innermost.getCause() != null) {
        innermost = innermost.getCause();
      }
      throw mistake(
          file, innermost == e ? e.getMessage() : e.getMessage() + " " + innermost.getMessage());
    }
  }

  private static ConfigException mistake(String file, String what) {
    return new ConfigException(
        "the configuration of job pipeline",
        List.of(new Mistake("pipeline.sql", file, null, what)));
  }
}
