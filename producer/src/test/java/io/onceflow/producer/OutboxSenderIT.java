package io.onceflow.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.producer.FinalOutcome.Result;
import io.onceflow.producer.SenderStatus.State;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.SequenceRange;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sender between a real Kafka, a real outbox and a stand-in for the job. */
@Timeout(120)
@SuppressWarnings("try") // A resource that only has to be there.
class OutboxSenderIT {

  @TempDir private Path directory;

  private final String topic = TestServers.newTopic("orders", 1);
  private final String replyTopic = TestServers.newTopic("replies", 3);
  private final List<FinalOutcome> heard = new CopyOnWriteArrayList<>();

  private SenderSettings settings() {
    return SenderSettings.of(
        Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers()), topic, replyTopic);
  }

  private static ConditionFactory eventually() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private static OutboxMessage message(long number) {
    return OutboxMessage.of("k" + number % 3, new byte[] {(byte) number}).withId("id-" + number);
  }

  private FileOutbox file(int messages) throws IOException {
    FileOutbox outbox = new FileOutbox(directory, "shop");
    for (int i = 1; i <= messages; i++) {
      outbox.add(message(i));
    }
    return outbox;
  }

  private StandInJob job(Function<Message, List<Reply>> answers) {
    return new StandInJob(topic, replyTopic, answers);
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void whatIsAppliedIsForgottenAndSentInOrderAndOnce() throws Exception {
    try (StandInJob job = job(StandInJob.applies());
        FileOutbox outbox = file(50);
        OutboxSender sender =
            new OutboxSender(outbox, settings().withWindow(7), heard::add).start()) {
      for (int i = 51; i <= 100; i++) {
        outbox.add(message(i));
      }
      eventually().until(() -> heard.size() == 100);
      eventually().until(() -> sender.status().underWay() == 0);
      assertThat(job.numbers()).isEqualTo(upTo(100));
      assertThat(heard).allMatch(outcome -> outcome.result() == Result.APPLIED);
      assertThat(outbox.taken()).isEmpty();
      assertThat(sender.status())
          .extracting(SenderStatus::state, SenderStatus::sent, SenderStatus::applied)
          .containsExactly(State.SENDING, 100L, 100L);
      assertThat(sender.status().resent()).isZero();
    }
  }

  @Test
  void whatTheJobCallsMissingIsSentAgainAtOnce() throws Exception {
    Set<Long> lost = new HashSet<>(Set.of(2L, 3L));
    Function<Message, List<Reply>> applies = StandInJob.applies();
    Function<Message, List<Reply>> losesTwo =
        message -> lost.remove(message.sequence()) ? List.of() : applies.apply(message);
    try (StandInJob job = job(losesTwo);
        OutboxSender sender = new OutboxSender(file(5), settings(), heard::add).start()) {
      eventually().until(() -> heard.size() == 3);
      eventually()
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                job.reply(StandInJob.progress(1, List.of(new SequenceRange(2, 3))));
                return heard.size() == 5;
              });
      assertThat(job.numbers()).startsWith(1L, 2L, 3L, 4L, 5L).contains(2L, 3L);
      assertThat(job.numbers().subList(5, 7)).containsExactly(2L, 3L);
      assertThat(sender.status().missing()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aLostAcknowledgementIsAskedForBySendingAgain() throws Exception {
    Set<Long> silent = new HashSet<>(Set.of(1L, 2L));
    Function<Message, List<Reply>> applies = StandInJob.applies();
    Function<Message, List<Reply>> losesAnswers =
        message -> {
          List<Reply> answer = applies.apply(message);
          return silent.remove(message.sequence()) ? List.of() : answer;
        };
    SenderSettings impatient =
        settings().withResends(Duration.ofMillis(300), Duration.ofSeconds(2), Duration.ofHours(1));
    try (StandInJob job = job(losesAnswers);
        OutboxSender sender = new OutboxSender(file(3), impatient, heard::add).start()) {
      eventually().until(() -> heard.size() == 3);
      assertThat(sender.status().resent()).isGreaterThanOrEqualTo(2);
      assertThat(heard).extracting(FinalOutcome::sequence).containsExactlyInAnyOrder(1L, 2L, 3L);
      assertThat(job.seen.size()).isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void aReportAloneEndsMessagesAfterTheGrace() throws Exception {
    Function<Message, List<Reply>> reports =
        message ->
            List.of(
                message.sequence() == 3
                    ? StandInJob.progress(3, List.of())
                    : StandInJob.reply(message, Status.WAITING, false));
    try (StandInJob job = job(reports);
        OutboxSender sender =
            new OutboxSender(
                    file(3), settings().withStatusGrace(Duration.ofMillis(300)), heard::add)
                .start()) {
      eventually().until(() -> heard.size() == 3);
      assertThat(heard).allMatch(outcome -> outcome.result() == Result.SETTLED);
      assertThat(job.seen).hasSize(3);
      eventually().until(() -> sender.status().settled() == 3);
    }
  }

  @Test
  void theNextSenderGoesOnWithWhatTheLastOneLeft() throws Exception {
    Function<Message, List<Reply>> applies = StandInJob.applies();
    try (StandInJob job = job(applies)) {
      try (OutboxSender sender = new OutboxSender(file(20), settings(), heard::add).start()) {
        eventually().until(() -> sender.status().applied() > 0);
      }
      try (OutboxSender sender = new OutboxSender(file(0), settings(), heard::add).start()) {
        eventually()
            .until(
                () -> sender.status().state() == State.SENDING && sender.status().underWay() == 0);
      }
      assertThat(new HashSet<>(job.numbers())).containsExactlyInAnyOrderElementsOf(upTo(20));
      assertThat(heard.stream().map(FinalOutcome::sequence).distinct()).hasSize(20);
    }
  }

  @Test
  void aListenerThatFailsHearsAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    FinalListener failsTwice =
        outcome -> {
          if (calls.incrementAndGet() <= 2) {
            throw new IllegalStateException("A planned failure.");
          }
          heard.add(outcome);
        };
    SenderSettings impatient =
        settings().withResends(Duration.ofMillis(300), Duration.ofSeconds(2), Duration.ofHours(1));
    try (StandInJob job = job(StandInJob.applies());
        OutboxSender sender = new OutboxSender(file(1), impatient, failsTwice).start()) {
      eventually().until(() -> heard.size() == 1);
      assertThat(sender.status().errors()).isGreaterThanOrEqualTo(2);
      assertThat(job.seen).isNotEmpty();
    }
  }

  @Test
  void anOutboxThatWasRestoredFromAnOldCopySendsNothing() throws Exception {
    file(1).close();
    Path copy = Files.createTempFile("outbox", ".copy");
    Path log = directory.resolve("outbox.log");
    Files.copy(log, copy, StandardCopyOption.REPLACE_EXISTING);
    try (StandInJob job = job(StandInJob.applies())) {
      try (FileOutbox outbox = file(0);
          OutboxSender sender = new OutboxSender(outbox, settings(), heard::add).start()) {
        outbox.add(message(2));
        eventually().until(() -> sender.status().applied() == 2);
      }
      Files.copy(copy, log, StandardCopyOption.REPLACE_EXISTING);
      Files.delete(copy);
      try (FileOutbox outbox = file(0);
          OutboxSender sender = new OutboxSender(outbox, settings(), heard::add)) {
        outbox.add(message(77));
        sender.start();
        eventually().until(() -> sender.status().state() == State.FAILED);
        assertThat(sender.status().failure())
            .contains("id id-2.")
            .contains("restored from an old copy");
      }
      try (FileOutbox outbox = file(0)) {
        // The job took it for a duplicate; it is not lost.
        assertThat(outbox.taken()).extracting(taken -> taken.message().id()).contains("id-77");
      }
      assertThat(heard).extracting(FinalOutcome::id).containsOnly("id-1", "id-2");
    }
  }

  @Test
  void anOutboxThatHasNotGivenTheNumbersThatTheJobKnowsSendsNothing() throws Exception {
    try (StandInJob job = job(StandInJob.applies())) {
      job.reply(StandInJob.progress(3, List.of()));
      try (OutboxSender sender = new OutboxSender(file(2), settings(), heard::add).start()) {
        eventually().until(() -> sender.status().state() == State.FAILED);
        assertThat(sender.status().failure()).contains("knows number 3 of shop");
      }
      assertThat(job.seen).isEmpty();
    }
  }

  @Test
  void aSecondSenderOfADatabaseWaitsAndTakesOver() throws Exception {
    TestDataSource database = TestDataSource.create();
    database.execute("CREATE TABLE heard (sequence bigint)");
    PostgresOutbox.TransactionalListener listener =
        (connection, outcome) -> {
          try (var insert = connection.prepareStatement("INSERT INTO heard VALUES (?)")) {
            insert.setLong(1, outcome.sequence());
            insert.executeUpdate();
          }
        };
    List<OutboxSender> senders = new ArrayList<>();
    try (StandInJob job = job(StandInJob.applies())) {
      for (int i = 0; i < 2; i++) {
        PostgresOutbox outbox = new PostgresOutbox(database, "shop", listener);
        senders.add(new OutboxSender(outbox, settings().withWindow(20)).start());
      }
      for (int i = 1; i <= 300; i++) {
        database.add("shop", message(i));
        if (i % 100 == 0) {
          // The one that sends loses its session, and the other one may be faster.
          database.execute(
              "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
        }
      }
      eventually().until(() -> database.count("SELECT count(*) FROM onceflow_outbox") == 0);
      assertThat(database.count("SELECT count(*) FROM heard")).isEqualTo(300);
      assertThat(database.count("SELECT count(DISTINCT sequence) FROM heard")).isEqualTo(300);
      assertThat(job.seen.stream().map(Message::id).distinct()).hasSize(300);
      assertThat(job.numbers().stream().distinct().sorted()).isEqualTo(upTo(300).stream().toList());
      assertThat(senders.stream().filter(one -> one.status().state() == State.SENDING)).hasSize(1);
    } finally {
      senders.forEach(OutboxSender::close);
    }
  }
}
