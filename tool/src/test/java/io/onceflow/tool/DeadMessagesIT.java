package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.kafka.KafkaClientProperties;
import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.FailedTry;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.WireHeaders;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters in a real Kafka: seen, redriven once, discarded, and who did it. */
class DeadMessagesIT {

  private static final Map<String, String> KEPT = Map.of("retention.ms", "-1");

  @TempDir Path directory;

  private final KafkaClient kafka = KafkaClient.to(TestServers.kafka());
  private String input;
  private String dead;

  @BeforeEach
  void makeTopics() throws Exception {
    input = TestServers.newTopic("orders", 3);
    dead = TestServers.newTopic("dead", 1);
    kafka.createTopic(dead + "-audit", 1, KEPT);
    Files.writeString(
        directory.resolve("job.yaml"),
        "kafka: {bootstrap-servers: '%s', security-protocol: plaintext}\n"
            .formatted(TestServers.kafka().bootstrapServers()));
  }

  @AfterEach
  void close() {
    kafka.close();
  }

  private ToolResult tool(String command, String... arguments) {
    var all = new ArrayList<>(List.of("dead-messages", command));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--config", directory.resolve("job.yaml").toString(), "--topic", dead));
    return ToolResult.run(all.toArray(String[]::new));
  }

  private ToolResult execute(String command, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--because", "bank is back", "--execute", "--json"));
    return tool(command, all.toArray(String[]::new));
  }

  /** Numbers from 1; every third is a drained one. */
  private void letters(int count) {
    kafka.sendAll(IntStream.rangeClosed(1, count).mapToObj(this::letter).toList());
  }

  private ProducerRecord<byte[], byte[]> letter(int number) {
    var message =
        new Message(
            "shop",
            number,
            "o-" + number,
            "k" + number % 2,
            5,
            99,
            "replies",
            "ä".getBytes(StandardCharsets.UTF_8),
            Map.of(
                WireHeaders.TOPIC,
                input,
                WireHeaders.PARTITION,
                "0",
                WireHeaders.OFFSET,
                Integer.toString(number)));
    return DeadMessageFormat.record(
        dead,
        new DeadMessage(
            message,
            number % 3 == 0 ? "drained" : "attempts_exhausted",
            1_000,
            60_000L * number,
            List.of(new FailedTry(1, 1_000, 1_250, true, "bank", "busy", "try later"))));
  }

  private List<Message> redriven() throws Exception {
    var messages = new ArrayList<Message>();
    for (var record : kafka.readCommitted(input)) {
      messages.add(MessageFormat.read(record.key(), record.value(), record.headers(), 1));
    }
    return messages;
  }

  private List<AuditEntry> audit() throws Exception {
    var entries = new ArrayList<AuditEntry>();
    for (var record : kafka.readCommitted(dead + "-audit")) {
      entries.add(AuditEntry.read(record.value()));
    }
    return entries;
  }

  /** Message and audit record belong together, and the numbers are 1 to n. */
  private void requireOnceEach(int count) throws Exception {
    assertThat(redriven()).extracting(Message::id).hasSize(count).doesNotHaveDuplicates();
    assertThat(redriven())
        .extracting(Message::sequence)
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, count).boxed().toList());
    assertThat(audit())
        .extracting(AuditEntry::id)
        .containsExactlyInAnyOrderElementsOf(redriven().stream().map(Message::id).toList());
  }

  @Test
  void lettersAreCountedListedFilteredAndShownWithTheirHistory() throws Exception {
    letters(5);
    kafka.sendAll(List.of(new ProducerRecord<>(dead, new byte[] {1}, new byte[] {2})));
    var list = tool("list", "--json").json();
    assertThat(list.at("/byReason/attempts_exhausted").asInt()).isEqualTo(4);
    assertThat(list.at("/byReason/drained").asInt()).isEqualTo(1);
    assertThat(list.at("/others").asInt()).isEqualTo(1);
    assertThat(list.at("/letters/0/letter").asText()).isEqualTo("0:4");
    assertThat(tool("list", "--last", "2", "--json").json().at("/letters")).hasSize(2);
    assertThat(tool("list", "--key", "k1", "--reason", "drained").out())
        .contains("0:2", "o-3", "1 letter(s) of 1")
        .doesNotContain("o-1", "o-2", "o-4");
    assertThat(tool("list", "--since", "1970-01-01T00:05:00Z").out()).contains("1 letter(s) of 1");

    var show = tool("show", "0:2", "--payload");
    assertThat(show.exit()).as(show.err()).isZero();
    assertThat(show.out())
        .contains("Dead letter 0:2: drained", "shop, number 3", "bank", "busy", "250 ms")
        .contains("try later", WireHeaders.TOPIC + ": " + input, "2 bytes: ä", "state     open");
    var unknown = tool("show", "0:5");
    assertThat(unknown.exit()).isEqualTo(2);
    assertThat(unknown.err()).contains("has no dead letter of selective retry at 0:5");
  }

  @Test
  void aRedriveSendsTheMessageOnceAndLeavesAnAuditRecord() throws Exception {
    letters(4);
    var planned = tool("redrive", "0:1", "0:3", "--because", "x");
    assertThat(planned.out()).contains("Would redrive 2 letter(s)", "Add --execute");
    assertThat(audit()).isEmpty();
    assertThat(redriven()).isEmpty();

    assertThat(execute("redrive", "0:1", "0:3", "--priority", "0").exit()).isZero();
    requireOnceEach(2);
    assertThat(redriven())
        .allSatisfy(
            message -> {
              assertThat(message.producer()).startsWith("redrive/" + dead + "/");
              assertThat(message.priority()).isZero();
              assertThat(message.replyTo()).isEqualTo("replies");
              assertThat(message.headers().get(WireHeaders.REDRIVE_OF)).startsWith(dead + "/0/");
            });
    var entry = audit().get(0);
    assertThat(entry.user()).isEqualTo(System.getProperty("user.name"));
    assertThat(entry.because()).isEqualTo("bank is back");
    assertThat(entry.letter()).hasToString(dead + "/0/1");
    assertThat(entry.atMs())
        .isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));

    var again = execute("redrive", "0:1", "0:2", "0:3").json();
    assertThat(again.at("/letters")).hasSize(1);
    assertThat(again.at("/letters/0/number").asLong()).isEqualTo(3);
    assertThat(again.at("/settledBefore")).hasSize(2);
    requireOnceEach(3);
    assertThat(tool("list", "--json").json().at("/letters")).hasSize(1);
    assertThat(tool("list", "--all").out()).contains("redriven", "open", "4 letter(s) of 4");
    assertThat(tool("show", "0:1").out()).contains("redriven by", "because: bank is back");
  }

  @Test
  void aDiscardedLetterIsOnlyNoted() throws Exception {
    letters(4);
    assertThat(execute("discard", "--reason", "drained").exit()).isZero();
    assertThat(audit())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.action()).isEqualTo(AuditEntry.DISCARDED);
              assertThat(entry.id()).isEqualTo("o-3");
              assertThat(entry.redriven()).isNull();
            });
    assertThat(execute("redrive", "0:2").json().at("/settledBefore/0").asText()).isEqualTo("0:2");
    assertThat(redriven()).isEmpty();
    assertThat(kafka.readCommitted(dead)).hasSize(4);
    assertThat(tool("list").out()).doesNotContain("drained");
  }

  private LetterSession session(DeadMessageTopic topic) throws Exception {
    return LetterSession.open(connection(), topic, new Actor("killed", "ann"));
  }

  private static Properties connection() {
    return KafkaClientProperties.of(KafkaConfig.plaintext(TestServers.kafka().bootstrapServers()));
  }

  @Test
  void whatARunThatStoppedHadBegunIsRedrivenOnceByTheNext() throws Exception {
    letters(5);
    try (var topic = new DeadMessageTopic(connection(), dead);
        var killed = session(topic)) {
      killed.begin();
      topic.scan(
          List.of(new LetterId(0, 0)), letter -> killed.redrive(letter, input, 5, "1") != null);
      killed.commit();
      killed.begin();
      topic.scan(
          List.of(new LetterId(0, 1), new LetterId(0, 2)),
          letter -> killed.redrive(letter, input, 5, "2") != null);
      await().until(() -> kafka.readAll(input).size() == 3);
      await().until(() -> kafka.readAll(dead + "-audit").size() == 3);
      assertThat(kafka.readCommitted(input)).hasSize(1);

      var next = execute("redrive", "--producer", "shop");
      assertThat(next.exit()).as(next.out() + next.err()).isZero();
      assertThat(next.json().at("/letters")).hasSize(4);
      requireOnceEach(5);
      assertThatThrownBy(killed::commit).isInstanceOf(KafkaException.class);
    }
    assertThat(execute("redrive", "--producer", "shop").json().at("/letters")).isEmpty();
    requireOnceEach(5);
  }

  /** The tool in a JVM of its own. */
  private Process process() throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), ToolMain.class.getName()));
    command.addAll(List.of("dead-messages", "redrive", "--topic", dead, "--producer", "shop"));
    command.addAll(List.of("--because", "killed", "--limit", "5000", "--execute"));
    command.addAll(List.of("--config", directory.resolve("job.yaml").toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  @Test
  void runsThatAreKilledInTheMiddleRedriveNothingTwice() throws Exception {
    letters(3_000);
    for (var kill = 1; kill <= 3; kill++) {
      var before = kafka.readAll(dead + "-audit").size();
      var run = process();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !run.isAlive() || kafka.readAll(dead + "-audit").size() > before);
      run.destroyForcibly().onExit().join();
      assertThat(run.exitValue()).as(Files.readString(directory.resolve("log"))).isEqualTo(128 + 9);
    }
    assertThat(execute("redrive", "--producer", "shop", "--limit", "5000").exit()).isZero();
    requireOnceEach(3_000);
  }

  @Test
  void runsAtOnceRedriveEveryLetterOnce() throws Exception {
    letters(450);
    var runs =
        IntStream.range(0, 3)
            .mapToObj(
                i -> CompletableFuture.supplyAsync(() -> execute("redrive", "--producer", "shop")))
            .toList();
    for (var run : runs) {
      var result = run.get();
      // Taken over before its first transaction it says so as an error of Kafka's.
      assertThat(result.exit()).as(result.out() + result.err()).isIn(0, 2, 3);
    }
    assertThat(execute("redrive", "--producer", "shop").exit()).isZero();
    requireOnceEach(450);
  }

  @Test
  void aRunThatIsTakenOverSaysWhatItHasDone() throws Exception {
    letters(2);
    try (var topic = new DeadMessageTopic(connection(), dead);
        var first = session(topic);
        var second = session(topic)) {
      first.begin();
      topic.scan(List.of(), letter -> first.redrive(letter, input, 5, "first") != null);
      assertThatThrownBy(first::commit)
          .satisfies(
              error ->
                  assertThat(SettleLettersCommand.stopped((Exception) error))
                      .contains("Another run of the tool has taken over"));
      assertThat(second.audit().lastSequence()).isZero();
    }
    assertThat(redriven()).isEmpty();
    assertThat(audit()).isEmpty();
  }

  @Test
  void moreThanTheLimitIsForTheNextRun() throws Exception {
    letters(5);
    var first = execute("redrive", "--producer", "shop", "--limit", "3").json();
    assertThat(first.at("/more").asBoolean()).isTrue();
    requireOnceEach(3);
    assertThat(execute("redrive", "--producer", "shop").json().at("/more").asBoolean()).isFalse();
    requireOnceEach(5);
  }

  @Test
  void withoutATrustworthyAuditTopicNothingIsRedriven() throws Exception {
    letters(1);
    var auditTopic = dead + "-audit";
    kafka.send(auditTopic, "0:9", "no audit record");
    kafka.flush();
    assertRefused("cannot be read: was something else written to the audit topic?");
    kafka.deleteTopic(auditTopic);
    assertThat(tool("list").out()).contains("1 letter(s) of 1");
    assertRefused("There is no topic " + auditTopic + ". Create it: kafka-topics.sh");
    kafka.createTopic(auditTopic, 1, Map.of("retention.ms", "3600000"));
    assertRefused("may lose records");
    kafka.deleteTopic(auditTopic);
    kafka.createTopic(auditTopic, 1, KEPT);
    assertThat(execute("redrive", "0:0").exit()).isZero();
    requireOnceEach(1);
  }

  private void assertRefused(String message) throws Exception {
    var result = execute("redrive", "0:0");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains(message).doesNotContain("\tat ");
    assertThat(redriven()).isEmpty();
  }

  @Test
  void anAuditTopicWithAGapIsNotGoneOnWith() throws Exception {
    letters(2);
    assertThat(execute("redrive", "0:0").exit()).isZero();
    var entry = audit().get(0);
    var target = entry.redriven();
    var later =
        new AuditEntry(
            entry.action(),
            new AuditEntry.Place(dead, "other", 0, 8),
            "o-8",
            "shop",
            8,
            "drained",
            "ann",
            "run",
            1,
            "x",
            new AuditEntry.Target(input, target.producer(), 3, 5));
    kafka.sendAll(List.of(new ProducerRecord<>(dead + "-audit", null, later.toJson())));
    var refused = execute("redrive", "0:1");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("has lost records", "up to number 3");
    requireThatOnly("o-1");
  }

  private void requireThatOnly(String id) throws Exception {
    assertThat(redriven()).extracting(Message::id).containsExactly(id);
  }

  @Test
  void wrongUseIsASentenceAndChangesNothing() throws Exception {
    letters(1);
    assertThat(execute("redrive").err()).contains("Say which letters");
    assertThat(execute("redrive", "0:7").err()).contains("has no dead letter", "0:7");
    assertThat(execute("redrive", "7").err()).contains("PARTITION:OFFSET");
    assertThat(execute("redrive", "0:0", "--priority", "10").err()).contains("from 0 to 9");
    assertThat(execute("redrive", "0:0", "--limit", "0").err()).contains("at least 1");
    assertThat(execute("redrive", "0:0", "--to", "nowhere-" + dead).err())
        .contains("There is no topic nowhere-");
    assertThat(tool("redrive", "0:0", "--execute").err()).contains("--because");
    assertThat(tool("list", "--set", "kafka.sasl.password=x").err()).doesNotContain("\tat ");
    assertThat(redriven()).isEmpty();
    assertThat(audit()).isEmpty();
  }
}
