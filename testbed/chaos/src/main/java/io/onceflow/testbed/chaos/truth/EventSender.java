package io.onceflow.testbed.chaos.truth;

import io.onceflow.testbed.chaos.job.Transfer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends random transfers at a steady rate, or below it on a busy machine, each written to the
 * {@link TruthLog} before. One in {@value #REPEAT_EVERY} is sent twice and one in {@value
 * #POISON_EVERY} is followed by poison. A broker that is away is waited for, so that nothing in the
 * log stays unsent while the sender lives.
 *
 * <p>A thread of its own sends; the methods may be called by any thread.
 */
public final class EventSender implements AutoCloseable {

  /** Keys of the transfers; a key has its partition. */
  public static final int KEYS = 32;

  /** Accounts that money goes between. */
  public static final int ACCOUNTS = 8;

  private static final int REPEAT_EVERY = 50;
  private static final int POISON_EVERY = 400;
  private static final int MAX_AMOUNT = 1_000;
  private static final Duration TICK = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Target target;
  private final TruthLog truth;
  private final SplittableRandom random;
  private final KafkaProducer<byte[], byte[]> producer;
  private final long[] seqOfKey = new long[KEYS];
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var daemon = new Thread(work, "event-sender");
            daemon.setDaemon(true);
            return daemon;
          });
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile int perSecond;
  private boolean started;
  private double due;
  private int poisoned;

  /**
   * Where the transfers go.
   *
   * @param bootstrapServers the brokers
   * @param topic the input
   * @param partitions of the topic
   * @param run what the transfers carry as their run
   */
  public record Target(String bootstrapServers, String topic, int partitions, String run) {}

  /**
   * A sender that does not send yet.
   *
   * @param seed of the transfers
   */
  public EventSender(Target target, TruthLog truth, long seed) {
    this.target = target;
    this.truth = truth;
    this.random = new SplittableRandom(seed);
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                target.bootstrapServers(),
                "enable.idempotence",
                true,
                "acks",
                "all",
                "linger.ms",
                5,
                "max.block.ms",
                PATIENCE.toMillis(),
                "delivery.timeout.ms",
                (int) PATIENCE.toMillis()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Begins to send, or goes on at another rate. */
  public synchronized void start(int transfersPerSecond) {
    perSecond = transfersPerSecond;
    if (!started) {
      started = true;
      // With a delay and not at a rate: after a pause of the machine there is no flood.
      thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Sends nothing new until started again; what is under way arrives. */
  public void pause() {
    perSecond = 0;
    within(() -> {});
    producer.flush();
  }

  /** Sends the last transfers once more, in their order. */
  public void duplicates(int count) {
    within(
        () -> {
          var end = truth.position();
          for (var position = Math.max(0, end - count); position < end; position++) {
            send(truth.at(position));
          }
        });
  }

  /** Sends poison. */
  public void poison(int count) {
    within(() -> sendAll(List.of(), count));
  }

  /** Sends so many transfers at once, as fast as they go. */
  public void burst(int count) {
    within(() -> sendAll(transfers(count), 0));
  }

  /**
   * The end of what is written down and sent, or on its way.
   *
   * @throws IllegalStateException when sending has failed for good
   */
  public long position() {
    var failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("The sender has failed; the run is void.", failed);
    }
    return truth.position();
  }

  private void tick() {
    if (perSecond == 0) {
      return;
    }
    due += perSecond * TICK.toMillis() / 1000.0;
    var count = (int) due;
    due -= count;
    if (count > 0) {
      guarded(() -> sendAll(transfers(count), 0));
    }
  }

  private List<Transfer> transfers(int count) {
    var batch = new ArrayList<Transfer>(count);
    for (var i = 0; i < count; i++) {
      var key = random.nextInt(KEYS);
      var from = random.nextInt(ACCOUNTS);
      var to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
      var amount = 1 + random.nextInt(MAX_AMOUNT);
      batch.add(Transfer.of(target.run(), key, ++seqOfKey[key], from, to, amount));
    }
    return batch;
  }

  private void sendAll(List<Transfer> batch, int extraPoison) throws IOException {
    var ids = new ArrayList<String>();
    var count = extraPoison;
    for (var ignored : batch) {
      count += random.nextInt(POISON_EVERY) == 0 ? 1 : 0;
    }
    for (var i = 0; i < count; i++) {
      ids.add("poison-%s-%d".formatted(target.run(), poisoned + i));
    }
    truth.append(batch, ids);
    for (var transfer : batch) {
      send(transfer);
      if (random.nextInt(REPEAT_EVERY) == 0) {
        send(transfer);
      }
    }
    for (var id : ids) {
      var value = Poison.value(id, poisoned++);
      send(random.nextInt(target.partitions()), null, value);
    }
  }

  private void send(Transfer transfer) {
    var key = Integer.toString(transfer.key()).getBytes(StandardCharsets.US_ASCII);
    send(transfer.key() % target.partitions(), key, transfer.json());
  }

  private void send(int partition, byte[] key, String value) {
    producer.send(
        new ProducerRecord<>(
            target.topic(), partition, key, value.getBytes(StandardCharsets.UTF_8)),
        (sent, failed) -> {
          if (failed != null) {
            failure.compareAndSet(null, failed);
          }
        });
  }

  private interface Step {
    void run() throws IOException;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Does something on the sender's thread, and waits for it. */
  private void within(Step step) {
    try {
      thread
          .submit(
              () -> {
                step.run();
                return null;
              })
          .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new UncheckedIOException(new IOException("The sender has failed.", e.getCause()));
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    producer.close(Duration.ofSeconds(5));
  }
}
