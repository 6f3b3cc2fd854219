package io.onceflow.interop.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;

/**
 * Writes down what a streaming query reads: a line {@code key value} for every record, appended
 * batch by batch.
 *
 * <p>Arguments: bootstrap servers, topic, file, how many records {@code end end} to read until the
 * program ends, isolation level. The query's checkpoints lie beside the file. It ends with an
 * exception, and so with another code than 0, when the query fails.
 */
public final class SparkReader {
  private static final String END = "end end";
  private static final long LOOK_MS = 200;

  private final Path file;
  private final String isolation;
  private final AtomicInteger ends = new AtomicInteger();

  private SparkReader(Path file, String isolation) {
    this.file = file;
    this.isolation = isolation;
  }

  /** Reads until the last end. */
  public static void main(String[] args) throws Exception {
    new SparkReader(Path.of(args[2]), args[4]).read(args[0], args[1], Integer.parseInt(args[3]));
  }

  private void read(String servers, String topic, int expectedEnds) throws Exception {
    try (SparkSession spark = session()) {
      StreamingQuery query =
          lines(spark, servers, topic)
              .writeStream()
              .option("checkpointLocation", file.resolveSibling("spark-checkpoints").toString())
              .foreachBatch((VoidFunction2<Dataset<String>, Long>) this::write)
              .start();
      // Throws what the query failed with.
      while (!query.awaitTermination(LOOK_MS)) {
        if (ends.get() >= expectedEnds) {
          query.stop();
        }
      }
    }
  }

  private static SparkSession session() {
    return SparkSession.builder()
        .appName("interop")
        .master("local[1]")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private Dataset<String> lines(SparkSession spark, String servers, String topic) {
    return spark
        .readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.isolation.level", isolation)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .selectExpr("concat(cast(key AS STRING), ' ', cast(value AS STRING))")
        .as(Encoders.STRING());
  }

  private void write(Dataset<String> batch, Long id) throws IOException {
    List<String> lines = batch.collectAsList();
    Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    ends.addAndGet((int) lines.stream().filter(END::equals).count());
  }
}
