package io.onceflow.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.FinalOutcome.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@SuppressWarnings("try") // One closes earlier than its block.
class PostgresOutboxIT {

  private TestDataSource database;

  @BeforeEach
  void createDatabase() throws Exception {
    database = TestDataSource.create();
  }

  private PostgresOutbox outbox() {
    return new PostgresOutbox(database, "shop");
  }

  private static OutboxMessage plain(String id) {
    return new OutboxMessage(id, "k", 3, 77, new byte[] {1, 0, -1}, Map.of("ä", "ö"));
  }

  private static FinalOutcome applied(long sequence) {
    return new FinalOutcome(sequence, "", Result.APPLIED, "ok", 1, 5);
  }

  @Test
  void aMessageIsKeptWholeAndItsNumberForEver() throws Exception {
    database.add("shop", plain("a"));
    database.add("mill", plain("other"));
    try (PostgresOutbox outbox = outbox()) {
      assertThat(outbox.claim()).isTrue();
      TakenMessage taken = outbox.take(10).get(0);
      assertThat(taken.sequence()).isEqualTo(1);
      assertThat(taken.message()).isEqualTo(plain("a"));
      assertThat(taken.takenAtMs())
          .isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
      assertThat(outbox.take(10)).isEmpty();
      outbox.markFinal(List.of(1L), 99);
    }
    try (PostgresOutbox outbox = outbox()) {
      assertThat(outbox.claim()).isTrue();
      assertThat(outbox.taken()).hasSize(1);
      assertThat(outbox.taken().get(0).finalSinceMs()).isEqualTo(99);
      outbox.finish(List.of(applied(1), applied(5)));
      assertThat(outbox.taken()).isEmpty();
      database.add("shop", plain("b"));
      assertThat(outbox.take(10)).extracting(TakenMessage::sequence).containsExactly(2L);
      assertThat(outbox.lastSequence()).isEqualTo(2);
    }
  }

  @Test
  void aRowOfPlainSqlIsAMessageToo() throws Exception {
    database.execute(
        "INSERT INTO onceflow_outbox (producer, id, payload) VALUES ('shop', 'a', '')");
    try (PostgresOutbox outbox = outbox()) {
      outbox.claim();
      OutboxMessage message = outbox.take(1).get(0).message();
      assertThat(message.priority()).isEqualTo(5);
      assertThat(message.key()).isEmpty();
      assertThat(message.eventTimeMs()).isPositive();
    }
  }

  /** Rollbacks, late commits and two that take at once: the numbers are 1 to n all the same. */
  @Test
  @Timeout(120)
  void numbersHaveNoGapsUnderConcurrentTransactionsAndRollbacks() throws Exception {
    int writers = 6;
    AtomicInteger added = new AtomicInteger();
    List<TakenMessage> taken = Collections.synchronizedList(new ArrayList<>());
    ExecutorService threads = Executors.newFixedThreadPool(writers + 2);
    try {
      List<Future<?>> writing = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        int seed = writer;
        writing.add(threads.submit(() -> write(seed, added)));
      }
      // Two senders without a claim between them: the rows' locks alone must do.
      List<Future<?>> taking = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        taking.add(threads.submit(() -> takeUntil(writing, taken)));
      }
      for (Future<?> one : writing) {
        one.get();
      }
      for (Future<?> one : taking) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(10, TimeUnit.SECONDS);
    }
    Map<Long, String> byNumber = new TreeMap<>();
    for (TakenMessage message : taken) {
      String before = byNumber.put(message.sequence(), message.message().id());
      assertThat(before).isIn(null, message.message().id());
    }
    assertThat(added.get()).isGreaterThan(100);
    assertThat(byNumber.keySet())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, added.get()).boxed().toList());
    assertThat(byNumber.values()).doesNotHaveDuplicates();
  }

  private Void write(int seed, AtomicInteger added) throws SQLException {
    Random random = new Random(seed);
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 60; i++) {
        int messages = random.nextInt(4);
        for (int j = 0; j < messages; j++) {
          PostgresOutbox.add(connection, "shop", plain(seed + "-" + i + "-" + j));
        }
        if (random.nextInt(3) == 0) {
          connection.rollback();
        } else {
          connection.commit();
          added.addAndGet(messages);
        }
      }
    }
    return null;
  }

  private Void takeUntil(List<Future<?>> writing, List<TakenMessage> taken) throws Exception {
    try (PostgresOutbox outbox = outbox()) {
      outbox.claim();
      boolean ended = false;
      while (!ended) {
        ended = writing.stream().allMatch(Future::isDone);
        List<TakenMessage> some = outbox.take(7);
        taken.addAll(some);
        ended &= some.isEmpty();
      }
    }
    return null;
  }

  @Test
  void oneHasTheClaimUntilItsSessionEnds() throws Exception {
    PostgresOutbox first = outbox();
    try (PostgresOutbox second = outbox();
        PostgresOutbox other = new PostgresOutbox(database, "mill")) {
      assertThat(first.claim()).isTrue();
      assertThat(first.claim()).isTrue();
      assertThat(second.claim()).isFalse();
      assertThat(other.claim()).isTrue();
      database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()");
      assertThatThrownBy(first::claim).isInstanceOf(OutboxException.class);
      org.awaitility.Awaitility.await().until(second::claim);
      assertThat(first.claim()).isFalse();
      second.close();
      assertThat(first.claim()).isTrue();
    } finally {
      first.close();
    }
  }

  @Test
  void theTransactionalListenerHearsOnceOfWhatIsForgottenWithIt() throws Exception {
    database.execute("CREATE TABLE heard (sequence bigint)");
    boolean[] fail = {true};
    PostgresOutbox.TransactionalListener listener =
        (connection, outcome) -> {
          try (var insert = connection.prepareStatement("INSERT INTO heard VALUES (?)")) {
            insert.setLong(1, outcome.sequence());
            insert.executeUpdate();
          }
          if (fail[0]) {
            throw new SQLException("A planned failure.");
          }
        };
    database.add("shop", plain("a"));
    database.add("shop", plain("b"));
    try (PostgresOutbox outbox = new PostgresOutbox(database, "shop", listener)) {
      outbox.claim();
      outbox.take(2);
      assertThatThrownBy(() -> outbox.finish(List.of(applied(1))))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("A planned failure.");
      assertThat(database.count("SELECT count(*) FROM heard")).isZero();
      fail[0] = false;
      outbox.claim();
      outbox.finish(List.of(applied(1)));
      outbox.finish(List.of(applied(1), applied(2)));
      outbox.finish(List.of(applied(2)));
      assertThat(database.count("SELECT count(*) FROM heard")).isEqualTo(2);
      assertThat(database.count("SELECT count(*) FROM onceflow_outbox")).isZero();
    }
  }

  @Test
  void whoAddsInATransactionThatFailsAddsNothing() throws Exception {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      PostgresOutbox.add(connection, "shop", plain("a"));
      connection.rollback();
    }
    assertThat(database.count("SELECT count(*) FROM onceflow_outbox")).isZero();
  }
}
