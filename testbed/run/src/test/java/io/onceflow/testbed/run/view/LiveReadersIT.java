package io.onceflow.testbed.run.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.run.check.SmallLedger;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read while a run goes on, from a small database that epochs are added to. */
class LiveReadersIT {

  private static final String EPOCH_4 =
      """
      INSERT INTO onceflow.marker (transaction_id, epoch, sink_id, lineage, checkpoint_id, subtask,
          row_count, byte_count, checksum, rows_by_target, prepared_at, committed_at)
        OVERRIDING SYSTEM VALUE VALUES
        ('t4', 4, 'ledger', 'one', 4, 0, 3, 0, 0, '{"ledger.results": 2, "ledger.transfers": 1}',
          '2026-01-01 00:00:04Z', '2026-01-01 00:00:04.5Z');
      INSERT INTO ledger.transfers (grp, seq, id, kind, pending_id, debit, credit, amount, posted_delta,
          pending_delta, ledger, code, timeout_seconds, log_time, topic_partition, record_offset, epoch) VALUES
        ('eu', 6, '00000000-0000-7000-8000-000000000006', 'transfer', NULL, 1, 2, 1, 1, 0, 978, 1, 0,
          '2026-01-01 00:00:03Z', 0, 8, 4);
      UPDATE ledger.accounts SET debits_posted = 101 WHERE account = 1;
      UPDATE ledger.accounts SET credits_posted = 101 WHERE account = 2;
      INSERT INTO ledger.results VALUES
        (0, 8, 0, 'eu', '00000000-0000-7000-8000-000000000006', NULL, 'created', 6, '2026-01-01 00:00:03Z', 4),
        (0, 9, 0, 'eu', '00000000-0000-7000-8000-000000000009', NULL, 'id_already_failed', NULL,
          '2026-01-01 00:00:03Z', 4)
      """;

  private SmallLedger ledger;
  private LedgerReader reader;

  @BeforeEach
  void start() throws Exception {
    ledger = SmallLedger.create();
    reader = new LedgerReader(ledger::connect, 2);
  }

  @AfterEach
  void stop() throws Exception {
    reader.close();
  }

  @Test
  void aRunCountsFromItsOwnFirstEpoch() throws Exception {
    Look before = reader.look();
    assertThat(before.broken()).isEmpty();
    assertThat(before.earlier()).isEqualTo(8);
    assertThat(before.commands()).isZero();
    assertThat(before.transfers()).isZero();
    assertThat(before.codes()).isEmpty();
    assertThat(before.epoch()).isEqualTo(3);
    assertThat(before.commit()).isEqualTo(new Look.Latency(0, 0));
    ledger.run(EPOCH_4);
    assertThat(reader.look())
        .isEqualTo(
            new Look(
                8,
                2,
                1,
                Map.of("created", 1L, "id_already_failed", 1L),
                4,
                4,
                new Look.Latency(500, 500),
                new Look.Latency(1500, 1500),
                java.util.List.of()));
  }

  @Test
  void aReaderThatFollowsAnotherCountsFromTheSameEpoch() throws Exception {
    reader.look();
    ledger.run(EPOCH_4);
    Look look = reader.look();
    try (LedgerReader follower = new LedgerReader(ledger::connect, 2, reader.base())) {
      assertThat(follower.look()).isEqualTo(look);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DELETE FROM ledger.results WHERE record_offset = 9 | epoch 4 lacks 1 of its results",
        "DELETE FROM ledger.transfers WHERE seq = 6 | epoch 4 lacks 0 of its results and 1 of its transfers",
        "UPDATE ledger.transfers SET seq = 7 WHERE seq = 6 | the sequence of eu is at 7 with 6 transfers",
        "UPDATE ledger.results SET epoch = 3 WHERE record_offset = 9 | epoch 3 got rows in ledger.results",
        "UPDATE ledger.transfers SET epoch = 3 WHERE seq = 6 | epoch 3 got rows in ledger.transfers",
        "UPDATE onceflow.marker SET checkpoint_id = 1, subtask = 1 WHERE epoch = 4 | epoch 4 is of checkpoint 1 and follows",
        "UPDATE ledger.accounts SET ledger = 840 WHERE account = 2 | debits = credits: "
      })
  void aNewEpochThatIsDamagedIsTold(String damage, String told) throws Exception {
    assertThat(reader.look().broken()).isEmpty();
    ledger.run("BEGIN;" + EPOCH_4 + ";" + damage + "; COMMIT");
    assertThat(reader.look().broken()).anySatisfy(text -> assertThat(text).startsWith(told));
    assertThat(reader.look().broken()).as("and it is not forgotten").isNotEmpty();
  }

  @Test
  void theWatchTellsWhatBreaksAndThatItCannotRead() throws Exception {
    try (InvariantWatch watch = new InvariantWatch(ledger::connect, Duration.ofMillis(10))) {
      assertThat(watch.last().broken()).isEmpty();
      await().until(() -> watch.last().number() >= 2);
      assertThat(watch.last().broken()).isEmpty();
      ledger.run("UPDATE ledger.transfers SET seq = 6 WHERE seq = 5");
      await().until(() -> !watch.last().broken().isEmpty());
      assertThat(watch.last().broken()).containsExactly("seq dense per group: (eu,5,1,6)");
      ledger.run("DROP TABLE ledger.results");
      await()
          .until(() -> watch.last().broken().get(0).startsWith("the invariants could not be read"));
    }
  }

  @Test
  void aTopicsRecordsCountAsNewFromTheCountersStart() {
    String topic = TestServers.newTopic("counted", 2);
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      client.send(topic, "a", "before");
      client.flush();
      try (TopicCounter counter = new TopicCounter(TestServers.kafka().bootstrapServers(), topic)) {
        client.send(topic, "a", "after");
        client.send(topic, "b", "after");
        client.flush();
        await().until(() -> counter.count() == 3);
        assertThat(counter.since()).isEqualTo(2);
      }
    }
  }
}
