package io.onceflow.testbed.run.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The property: with every process killed at random, every message ends with exactly one final
 * acknowledgement and its effect once.
 *
 * <p>Two processes of one producer with an outbox in PostgreSQL, one with an outbox in a directory,
 * and the job with selective retry before a flaky other side. Each is killed by SIGKILL and started
 * again, the job from its newest checkpoint; the broker stands still for a while. {@code
 * -Donceflow.outbox.kills=50 -Donceflow.outbox.seed=7} make it longer or another one.
 */
class OutboxKillIT {

  private static final int KILLS = Integer.getInteger("onceflow.outbox.kills", 9);
  private static final long SEED = Long.getLong("onceflow.outbox.seed", 1L);
  private static final int MESSAGES_PER_KILL = 25;

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private final List<JavaProcess> processes = new ArrayList<>();

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void everyMessageEndsWithOneFinalAcknowledgementAndItsEffectOnce() throws Exception {
    ShopDatabase shop = shop();
    try (KafkaBroker broker = KafkaBroker.start();
        KafkaClient client = KafkaClient.to(broker)) {
      PaymentTopics.create(client);
      client.send(PaymentTopics.CONTROLS, null, "{\"pause\": 7}");
      JavaProcess job = start(broker, shop);
      // The job twice as often; every process has its turn.
      List<JavaProcess> victims = new ArrayList<>(processes);
      victims.add(job);
      Collections.shuffle(victims, random);
      for (int kill = 0; kill < KILLS; kill++) {
        disturb(kill, broker, client);
        JavaProcess victim = victims.get(kill % victims.size());
        run(Duration.ofMillis(500 + random.nextInt(2500)));
        if (victim == job) {
          awaitCheckpoint();
        }
        victim.kill();
        keepAlive();
      }
      client.send(PaymentTopics.CONTROLS, null, "{\"resume\": \"bank\"}").get();
      awaitEnd(job);
      // Effects may be committed a moment after the last acknowledgement.
      long applied = PaymentsCheck.applied(Observed.replies(client));
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Observed.results(client).size() >= applied);
      job.kill();
      Observed observed = Observed.of(client, shop, TillMain.added(till()));
      System.out.printf(
          "seed %d: %d kills, %d results, %d replies%n",
          SEED, KILLS, observed.results().size(), observed.replies().size());
      PaymentsCheck.check(observed);
      if (KILLS >= victims.size()) {
        assertThat(processes).allMatch(process -> process.kills() > 0);
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed %d\n%s".formatted(SEED, tails()), e);
    } finally {
      processes.forEach(JavaProcess::close);
    }
  }

  private Path till() {
    return directory.resolve("till");
  }

  private Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  private static ShopDatabase shop() throws Exception {
    PostgresDatabase database = TestServers.newDatabase();
    ShopDatabase shop =
        new ShopDatabase(
            database.jdbcUrl(), database.server().user(), database.server().password());
    shop.create();
    return shop;
  }

  private JavaProcess start(KafkaBroker broker, ShopDatabase shop) throws IOException {
    String kafka = broker.bootstrapServers();
    String messages = Integer.toString(KILLS * MESSAGES_PER_KILL);
    JavaProcess job =
        process("job", PaymentsMain.class, "400m", List.of(kafka, checkpoints().toString()));
    for (String name : List.of("shop-1", "shop-2")) {
      process(
          name,
          ShopMain.class,
          "96m",
          List.of(kafka, shop.url(), shop.user(), shop.password(), messages));
    }
    process("till", TillMain.class, "96m", List.of(kafka, till().toString(), messages));
    return job;
  }

  private JavaProcess process(String name, Class<?> main, String heap, List<String> arguments)
      throws IOException {
    JavaProcess process =
        new JavaProcess(name, main, heap, arguments, directory.resolve(name + ".log")).start();
    processes.add(process);
    return process;
  }

  /** What happens besides the kills. */
  private void disturb(int kill, KafkaBroker broker, KafkaClient client) throws IOException {
    switch (kill % 4) {
      case 1 -> client.send(PaymentTopics.CONTROLS, null, "{\"pause\": \"bank\"}");
      case 2 -> client.send(PaymentTopics.CONTROLS, null, "{\"resume\": \"bank\"}");
      case 3 -> {
        broker.pause();
        run(Duration.ofSeconds(2));
        broker.resume();
      }
      default -> client.send(PaymentTopics.MESSAGES, "x", "no envelope");
    }
    client.flush();
  }

  private void keepAlive() throws IOException {
    for (JavaProcess process : processes) {
      process.keepAlive();
    }
  }

  /** Lets everything run for a while. */
  private void run(Duration time) throws IOException {
    keepAlive();
    long end = System.nanoTime() + time.toNanos();
    Awaitility.await().atMost(time.plusSeconds(30)).until(() -> System.nanoTime() > end);
  }

  /** A job that is always killed before its first checkpoint gets nowhere. */
  private void awaitCheckpoint() throws IOException {
    long before = newest();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              keepAlive();
              return newest() > before;
            });
  }

  private long newest() throws IOException {
    return PaymentsMain.newest(checkpoints()).map(PaymentsMain::number).orElse(0L);
  }

  private void awaitEnd(JavaProcess job) {
    List<JavaProcess> producers = processes.stream().filter(one -> one != job).toList();
    Awaitility.await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              keepAlive();
              return producers.stream().allMatch(JavaProcess::isDone);
            });
  }

  private String tails() throws IOException {
    StringBuilder tails = new StringBuilder();
    for (JavaProcess process : processes) {
      tails.append(process.tail()).append('\n');
    }
    return tails.toString();
  }
}
