package io.onceflow.testbed.run.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every suite runs to its end and says what it found; how fast is nobody's test. */
@Timeout(180)
class BenchMainIT {

  private static final Pattern LINE =
      Pattern.compile(
          "BENCH ([a-z-]+) ([a-z0-9-]+) onceflow=[1-9]\\d* peer=([a-z-]+):[1-9]\\d* ratio=\\d+\\.\\d\\d");

  @Test
  void thePostgresSuiteComparesEveryCaseAndFindsEveryRow() {
    var printed =
        run(
            "postgres-sink",
            "--rows",
            "4000",
            "--repeat",
            "1",
            "--no-tune",
            "--limit-seconds",
            "60");

    assertThat(cases(printed))
        .containsExactlyInAnyOrder(
            "append flink-connector-jdbc",
            "append bare-copy",
            "append-steady flink-connector-jdbc",
            "append-steady bare-copy",
            "append-subtask-scope flink-connector-jdbc",
            "append-subtask-scope bare-copy",
            "append-subtask-scope-steady flink-connector-jdbc",
            "append-subtask-scope-steady bare-copy",
            "append-prepared flink-connector-jdbc",
            "append-prepared bare-copy-prepare",
            "append-prepared-steady flink-connector-jdbc",
            "append-prepared-steady bare-copy-prepare",
            "append-pk flink-connector-jdbc",
            "append-pk bare-copy",
            "append-pk-steady flink-connector-jdbc",
            "append-pk-steady bare-copy",
            "append-pk-subtask-scope flink-connector-jdbc",
            "append-pk-subtask-scope bare-copy",
            "append-pk-subtask-scope-steady flink-connector-jdbc",
            "append-pk-subtask-scope-steady bare-copy",
            "upsert-hot flink-connector-jdbc");
    assertThat(printed).contains("count(*) 4000, count(distinct id) 4000, right");
    assertThat(printed.stream().filter(line -> line.contains("WRONG"))).isEmpty();
  }

  @Test
  void theLedgerSuiteComparesBothStateBackends() {
    var printed = run("ledger", "--rows", "2000", "--repeat", "1");

    assertThat(cases(printed))
        .containsExactlyInAnyOrder("operator-heap hashmap", "operator-rocksdb hashmap");
  }

  @Test
  void theKafkaSuiteComparesBothStrategiesAndFindsEveryRecord() {
    var printed = run("kafka-sink", "--rows", "4000", "--repeat", "1");

    assertThat(cases(printed))
        .containsExactlyInAnyOrder("append flink-kafka-sink", "append-steady flink-kafka-sink");
    assertThat(printed.stream().filter(line -> line.equals("records 4000, right"))).hasSize(2);
    assertThat(printed.stream().filter(line -> line.contains("WRONG"))).isEmpty();
  }

  @Test
  void theRedisSuiteComparesEveryKindOfRowAndFindsEveryRow() {
    var printed = run("redis", "--rows", "2000", "--repeat", "1");

    assertThat(cases(printed))
        .containsExactlyInAnyOrder(
            "set jedis-pipeline",
            "set-steady jedis-pipeline",
            "set-large jedis-pipeline",
            "set-large-steady jedis-pipeline",
            "hset jedis-pipeline",
            "hset-steady jedis-pipeline",
            "xadd jedis-pipeline",
            "xadd-steady jedis-pipeline");
    assertThat(printed.stream().filter(line -> line.equals("rows 2000, right"))).hasSize(8);
    assertThat(printed.stream().filter(line -> line.contains("WRONG"))).isEmpty();
  }

  @Test
  void theRetrySuiteComparesEveryShareAndEveryRecordTakesEffectOnceAndInOrder() {
    var printed = run("retry", "--rows", "2000", "--repeat", "1");

    assertThat(cases(printed))
        .containsExactlyInAnyOrder(
            "throughput-fail0 parallel-consumer",
            "throughput-fail1 parallel-consumer",
            "throughput-fail10 parallel-consumer",
            "throughput-fail50 parallel-consumer",
            "delay-us-p50-fail0 parallel-consumer",
            "delay-us-p99-fail0 parallel-consumer",
            "delay-us-p50-fail10 parallel-consumer",
            "delay-us-p99-fail10 parallel-consumer");
    assertThat(printed.stream().filter(line -> line.startsWith("done 2000, calls "))).hasSize(8);
    assertThat(printed.stream().filter(line -> line.contains("WRONG"))).isEmpty();
  }

  @Test
  void aSuiteThatIsNotThereIsAUsageError() {
    assertThat(BenchMain.run("postgres")).isEqualTo(2);
  }

  /** What the suite printed, line by line. */
  private static List<String> run(String... arguments) {
    var printed = new ByteArrayOutputStream();
    var before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertThat(BenchMain.run(arguments)).isZero();
    } finally {
      System.setOut(before);
    }
    var lines = printed.toString(StandardCharsets.UTF_8).lines().map(String::strip).toList();
    assertThat(lines.get(lines.size() - 1)).startsWith("BENCH ");
    return lines;
  }

  private static Set<String> cases(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("BENCH "))
        .peek(line -> assertThat(line).matches(LINE))
        .map(BenchMainIT::match)
        .map(match -> match.group(2) + " " + match.group(3))
        .collect(Collectors.toSet());
  }

  private static MatchResult match(String line) {
    var matcher = LINE.matcher(line);
    assertThat(matcher.matches()).isTrue();
    return matcher.toMatchResult();
  }
}
