package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.run.check.FinalCheck;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import io.onceflow.testbed.run.load.SentLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two runs as a user starts them, one after the other over the same data, and then the final check
 * over those data with one thing damaged at a time: it must notice each, and nothing else.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RunIT {

  private static final String CONTRACT =
      "RUN ledger committed=[0-9]+ missing=0 duplicates=0 invariants=ok in-doubt=0( [a-z-]+=[^ ]+)*";
  private static final String ONE_RESULT =
      "(topic_partition, record_offset, leg) = (SELECT topic_partition, record_offset, leg FROM"
          + " ledger.results WHERE result = 'created' ORDER BY 1, 2, 3 LIMIT 1)";

  @TempDir(cleanup = CleanupMode.NEVER)
  static Path temporary;

  private static RunProcess.Result first;
  private static RunProcess.Result second;
  private static RunFiles files;
  private static RunServers servers;
  private static DamagedTopics kafka;
  private static final Map<Kind, Long> expected = new EnumMap<>(Kind.class);

  @BeforeAll
  static void runTwice() throws Exception {
    files = RunFiles.of(temporary.resolve("data"));
    first = run("--duration", "8s", "--rate", "1500", "--seed", "7");
    second = run("--duration", "2s", "--rate", "500", "--seed", "7", "--state", "heap");
    servers = RunServers.start(files, new LedgerRun(), 4);
    kafka = new DamagedTopics(servers.bootstrapServers());
  }

  @AfterAll
  static void stop() throws IOException {
    if (kafka != null) {
      kafka.close();
    }
    if (servers != null) {
      servers.close();
    }
    files.delete();
  }

  private static RunProcess.Result run(String... arguments) throws Exception {
    List<String> all = new java.util.ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", files.directory().toString(), "--partitions", "4"));
    all.addAll(List.of("--groups", "6", "--accounts", "20", "--checkpoint-interval", "500ms"));
    return RunProcess.run(all);
  }

  @Test
  @Order(1)
  void aRunEndsWithTheContractsLineAndCodeZero() {
    assertThat(first.lastLine()).as(first.everything()).matches(CONTRACT);
    assertThat(first.exitCode()).as(first.everything()).isZero();
    assertThat(number(first, "committed")).isGreaterThan(5_000);
    assertThat(number(first, "committed") + number(first, "dead-letters"))
        .isEqualTo(number(first, "sent"));
  }

  @Test
  @Order(2)
  void aLaterRunOverTheSameDataContinuesAndChecksAllOfThem() {
    assertThat(second.lastLine()).as(second.everything()).matches(CONTRACT);
    assertThat(second.exitCode()).as(second.everything()).isZero();
    assertThat(second.everything()).contains("Continuing from");
    assertThat(number(second, "committed")).isGreaterThan(number(first, "committed"));
  }

  @Test
  @Order(3)
  void theCheckFindsNothingWrongInDataThatAreWhole() throws Exception {
    assertThat(check().line("ledger")).matches(CONTRACT);
  }

  @Test
  @Order(4)
  void theCheckFindsAResultThatIsMissing() throws Exception {
    damage("CREATE TABLE saved AS SELECT * FROM ledger.results WHERE " + ONE_RESULT);
    damage("DELETE FROM ledger.results WHERE " + ONE_RESULT);
    assertThat(check().line("ledger")).contains(" missing=1 duplicates=0 ");
    damage("INSERT INTO ledger.results SELECT * FROM saved; DROP TABLE saved");
  }

  @Test
  @Order(5)
  void theCheckFindsAResultThatIsThereTwice() throws Exception {
    damage("ALTER TABLE ledger.results DROP CONSTRAINT results_pkey");
    damage("INSERT INTO ledger.results SELECT * FROM ledger.results WHERE " + ONE_RESULT);
    assertThat(check().line("ledger")).contains(" missing=0 duplicates=1 ");
    damage(
        "DELETE FROM ledger.results WHERE ctid = (SELECT max(ctid) FROM ledger.results WHERE "
            + ONE_RESULT
            + ")");
  }

  @Test
  @Order(6)
  void theCheckFindsABalanceThatIsWrong() throws Exception {
    String where =
        " WHERE (grp, account) = (SELECT grp, min(account) FROM ledger.accounts GROUP BY grp LIMIT 1)";
    damage("UPDATE ledger.accounts SET debits_posted = debits_posted + 1" + where);
    assertThat(check().line("ledger")).contains(" missing=0 duplicates=0 invariants=broken ");
    damage("UPDATE ledger.accounts SET debits_posted = debits_posted - 1" + where);
  }

  @Test
  @Order(7)
  void theCheckFindsAResultCodeThatIsWrong() throws Exception {
    String where = " WHERE result = 'exists' AND " + oneOf("exists");
    damage("CREATE TABLE damaged AS SELECT * FROM ledger.results" + where);
    damage("UPDATE ledger.results SET result = 'closed'" + where);
    assertThat(check().line("ledger")).contains(" missing=0 duplicates=0 invariants=broken ");
    damage(
        "UPDATE ledger.results r SET result = 'exists' FROM damaged d WHERE (r.topic_partition,"
            + " r.record_offset, r.leg) = (d.topic_partition, d.record_offset, d.leg);"
            + " DROP TABLE damaged");
  }

  @Test
  @Order(8)
  void theCheckFindsATransferThatIsMissing() throws Exception {
    String where =
        " WHERE (grp, seq) = (SELECT grp, max(seq) FROM ledger.transfers GROUP BY grp LIMIT 1)";
    damage("CREATE TABLE saved AS SELECT * FROM ledger.transfers" + where);
    damage("DELETE FROM ledger.transfers" + where);
    assertThat(check().line("ledger")).contains(" invariants=broken ");
    damage("INSERT INTO ledger.transfers SELECT * FROM saved; DROP TABLE saved");
  }

  @Test
  @Order(9)
  void theCheckFindsATransactionThatIsInDoubt() throws Exception {
    damage("CREATE TABLE prepared (id int)");
    try (var connection = servers.postgres().connect();
        var statement = connection.createStatement()) {
      statement.execute("BEGIN; INSERT INTO prepared VALUES (1); PREPARE TRANSACTION 'left'");
    }
    Path segment = files.segments().resolve("ledger").resolve("left");
    Files.createDirectories(segment.getParent());
    Files.writeString(segment, "left");
    assertThat(check().line("ledger")).contains(" missing=0 duplicates=0 invariants=ok in-doubt=2");
    damage("ROLLBACK PREPARED 'left'");
    Files.delete(segment);
  }

  @Test
  @Order(10)
  void theCheckFindsACommandThatWasSentAndIsNowhere() throws Exception {
    try (SentLog log = new SentLog(files.sent(), "lost", 4)) {
      log.append(2, "{\"type\":\"close\"}".getBytes(StandardCharsets.UTF_8), Meant.UNKNOWN);
      log.finish();
    }
    assertThat(check().line("ledger")).contains(" missing=1 duplicates=0 invariants=ok in-doubt=0");
    for (int partition = 0; partition < 4; partition++) {
      Files.delete(files.sent().resolve(SentLog.fileName("lost", partition)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kind = kind || 'x'",
        "amount = amount + 1",
        "ledger = ledger + 1",
        "code = code + 1",
        "timeout_seconds = timeout_seconds + 1",
        "log_time = log_time + interval '1 ms'",
        "topic_partition = topic_partition + 1",
        "record_offset = record_offset + 1"
      })
  @Order(11)
  void theCheckFindsAnyColumnOfATransferThatIsWrong(String set) throws Exception {
    assertWrongRow("ledger.transfers", "grp, seq", set);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "code = code + 1",
        "closed = NOT closed",
        "log_time = log_time + interval '1 ms'",
      })
  @Order(12)
  void theCheckFindsAnyColumnOfAnAccountThatIsWrong(String set) throws Exception {
    assertWrongRow("ledger.accounts", "grp, account", set);
  }

  @Test
  @Order(13)
  void theDamageOfTheTestsAboveIsUndone() throws Exception {
    assertThat(check().line("ledger")).matches(CONTRACT);
  }

  @Test
  @Order(14)
  void theCheckFindsAResultRecordThatIsThereTwice() throws Exception {
    kafka.repeatLast(Topics.RESULTS);
    assertAlso(Map.of(Kind.EXTRA_RESULT, 1L));
  }

  @Test
  @Order(15)
  void theCheckFindsResultRecordsOfNoCommand() throws Exception {
    kafka.sendResult(1, 1_000_000);
    assertAlso(Map.of(Kind.EXTRA_RESULT, 1L));
    kafka.sendResult(99, 0);
    assertAlso(Map.of(Kind.EXTRA_RESULT, 1L));
  }

  @Test
  @Order(16)
  void theCheckFindsAResultRecordThatIsMissingOrOther() throws Exception {
    var removed = kafka.removeFirst(Topics.RESULTS);
    assertAlso(Map.of(Kind.NO_RESULT, 1L));
    kafka.sendOther(removed);
    assertAlso(Map.of(Kind.NO_RESULT, -1L, Kind.WRONG_RESULT_RECORD, 1L));
  }

  @Test
  @Order(17)
  void theCheckFindsADeadLetterThatIsThereTwice() throws Exception {
    kafka.repeatLast(Topics.DEAD_LETTERS);
    assertAlso(Map.of(Kind.EXTRA_DEAD_LETTER, 1L));
  }

  @Test
  @Order(18)
  void theCheckFindsADeadLetterOfACommandThatWasExecutedAndOneOfNone() throws Exception {
    kafka.sendDeadLetter(2, 0, "invalid_value");
    assertAlso(Map.of(Kind.EXTRA_DEAD_LETTER, 1L, Kind.NOT_AS_MEANT, 1L));
    kafka.sendDeadLetter(2, 1_000_000, "invalid_value");
    assertAlso(Map.of(Kind.EXTRA_DEAD_LETTER, 1L));
    kafka.sendDeadLetter(99, 0, "invalid_value");
    assertAlso(Map.of(Kind.EXTRA_DEAD_LETTER, 1L));
  }

  @Test
  @Order(19)
  void theCheckFindsADeadLetterThatIsMissingOrHasAnotherCode() throws Exception {
    var removed = kafka.removeFirst(Topics.DEAD_LETTERS);
    assertAlso(Map.of(Kind.NO_DEAD_LETTER, 1L, Kind.NOT_AS_MEANT, 1L));
    kafka.sendDeadLetter(
        DamagedTopics.inputPartition(removed), DamagedTopics.inputOffset(removed), "other_code");
    assertAlso(
        Map.of(Kind.NO_DEAD_LETTER, -1L, Kind.NOT_AS_MEANT, -1L, Kind.WRONG_DEAD_LETTER, 1L));
  }

  @Test
  @Order(20)
  void theCheckFindsAnInputRecordThatNobodySentOrThatIsThereAgain() throws Exception {
    kafka.sendInput(Topics.COMMANDS, 0, null, "nobody sent this");
    assertAlso(Map.of(Kind.NOT_SENT, 1L, Kind.NO_DEAD_LETTER, 1L));
    kafka.sendInput(Topics.COMMANDS, 0, "run-000:1", "sent before");
    assertAlso(Map.of(Kind.NOT_SENT, 1L, Kind.NO_DEAD_LETTER, 1L));
    kafka.sendInput(Topics.COMMANDS, 0, "run-000:1000000", "never written down");
    assertAlso(Map.of(Kind.NOT_SENT, 1L, Kind.NO_DEAD_LETTER, 1L));
  }

  @Test
  @Order(21)
  void theCheckFindsAnInputRecordWithOtherBytes() throws Exception {
    try (SentLog log = new SentLog(files.sent(), "other", 4)) {
      log.append(3, "was meant".getBytes(StandardCharsets.UTF_8), Meant.MALFORMED);
      log.finish();
    }
    kafka.sendInput(Topics.COMMANDS, 3, "other:1", "was sent");
    assertAlso(Map.of(Kind.OTHER_BYTES, 1L, Kind.NO_DEAD_LETTER, 1L));
  }

  @Test
  @Order(22)
  void theCheckFindsAKafkaTransactionThatIsOpen() throws Exception {
    try (var open = kafka.openTransaction("ledger-results-left", Topics.RESULTS)) {
      assertAlso(Map.of(Kind.KAFKA_TRANSACTION, 1L));
      open.abortTransaction();
    }
    assertAlso(Map.of(Kind.KAFKA_TRANSACTION, -1L));
  }

  /** Records cannot be taken back: what was found before is found again, and this besides. */
  private static void assertAlso(Map<Kind, Long> more) throws Exception {
    more.forEach((kind, count) -> expected.merge(kind, count, Long::sum));
    expected.values().removeIf(count -> count == 0);
    Report report = check();
    assertThat(report.mistakes().byKind())
        .as(String.join("\n", report.mistakes().lines()))
        .isEqualTo(expected);
  }

  /** Damages one row, looks for it among what differs from the reference, and puts it back. */
  private static void assertWrongRow(String table, String key, String set) throws Exception {
    String where =
        " WHERE (%s) = (SELECT %s FROM %s ORDER BY 1, 2 LIMIT 1)".formatted(key, key, table);
    damage("CREATE TABLE saved AS SELECT * FROM " + table + where);
    damage("UPDATE " + table + " SET " + set + where);
    assertThat(check().mistakes().byKind()).isEqualTo(Map.of(Kind.WRONG_BALANCE, 1L));
    damage("DELETE FROM " + table + where);
    damage("INSERT INTO " + table + " SELECT * FROM saved; DROP TABLE saved");
  }

  private static String oneOf(String result) {
    return "(topic_partition, record_offset, leg) = (SELECT topic_partition, record_offset, leg FROM"
        + " ledger.results WHERE result = '"
        + result
        + "' ORDER BY 1, 2, 3 LIMIT 1)";
  }

  private static void damage(String sql) {
    servers.postgres().sql(sql);
  }

  private static Report check() throws Exception {
    FinalCheck.Place place =
        new FinalCheck.Place(
            servers.bootstrapServers(),
            new FinalCheck.Topics(Topics.COMMANDS, 4, Topics.RESULTS, Topics.DEAD_LETTERS),
            files.sent(),
            files.segments(),
            servers.postgres()::connect);
    return new FinalCheck(place, new Mistakes(), text -> {}).run();
  }

  private static long number(RunProcess.Result result, String name) {
    return Long.parseLong(result.lastLine().replaceFirst(".* " + name + "=([0-9]+).*", "$1"));
  }
}
