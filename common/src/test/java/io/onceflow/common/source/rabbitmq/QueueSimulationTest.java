package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.rabbitmq.QueueEvent.Delivery;
import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The reader's state against a queue in memory, over random histories: deliveries, checkpoints that
 * complete late or never, acknowledgements that are lost, connections that break, attempts that are
 * restored. What the checkpoints have committed in the end is each message, once.
 */
class QueueSimulationTest {

  private static final int MESSAGES = 150;
  private static final int PREFETCH = 7;

  /**
   * In the order of the queue, with a window of the prefetch; and where anything may overtake
   * anything, with one prefetch for each connection that is lost.
   */
  @ParameterizedTest
  @CsvSource({"false, 7", "true, 35"})
  void everyHistoryCommitsEachMessageOnce(boolean overtaking, int window) {
    for (long seed = 0; seed < 2_000; seed++) {
      var history = new History(new Random(seed), overtaking, window);
      history.run();
      assertThat(history.committed)
          .as("seed %d, overtaking %s", seed, overtaking)
          .doesNotHaveDuplicates()
          .hasSize(MESSAGES);
    }
  }

  /** One queue and one reader; a message is a number, and some are sent twice. */
  private static final class History {

    private final Random random;
    private final boolean overtaking;
    private final int window;

    /** What the server holds, and what it has delivered on this connection, by tag. */
    private final List<Integer> ready = new ArrayList<>();

    private final TreeMap<Long, Integer> unacknowledged = new TreeMap<>();
    private long connection = 1;
    private long lastTag;

    /** The attempt that runs, and what it has emitted since its start. */
    private QueueProgress progress;

    private PendingAcks acks;
    private List<Integer> emitted;

    private final TreeMap<Long, Checkpoint> pending = new TreeMap<>();
    private QueueSplit restored = QueueSplit.untouched("q", false);
    private long checkpoints;
    private List<Integer> committed = List.of();
    private int lost;

    private record Checkpoint(QueueSplit split, List<Integer> emitted) {}

    History(Random random, boolean overtaking, int window) {
      this.random = random;
      this.overtaking = overtaking;
      this.window = window;
      for (int i = 0; i < MESSAGES; i++) {
        ready.add(i);
        if (!overtaking && random.nextInt(10) == 0) {
          // What was sent twice lies next to itself, so that it is within every window.
          ready.add(i);
        }
      }
      startAttempt();
    }

    private void startAttempt() {
      progress = new QueueProgress(restored, window, PREFETCH);
      acks = new PendingAcks();
      acks.add("q", progress);
      emitted = new ArrayList<>(committed);
      pending.clear();
    }

    void run() {
      for (int step = 0; step < 600; step++) {
        int action = random.nextInt(100);
        if (action < 70) {
          deliver();
        } else if (action < 82) {
          takeCheckpoint();
        } else if (action < 92) {
          completeSome();
        } else if (!overtaking || lost < window / PREFETCH) {
          lost++;
          loseConnection();
          if (random.nextBoolean()) {
            startAttempt();
          }
        }
      }
      while (!ready.isEmpty() || !unacknowledged.isEmpty()) {
        deliver();
        takeCheckpoint();
        complete(pending.lastKey(), true);
      }
    }

    private void deliver() {
      if (ready.isEmpty() || unacknowledged.size() == PREFETCH) {
        return;
      }
      int message = ready.remove(overtaking ? random.nextInt(ready.size()) : 0);
      unacknowledged.put(++lastTag, message);
      var delivery =
          new Delivery(
              new DeliveryTag(connection, lastTag),
              MessageHash.ofId("m" + message),
              Messages.message("q", "m" + message, "", Map.of()));
      if (progress.take(delivery)) {
        emitted.add(message);
      }
    }

    private void takeCheckpoint() {
      long id = ++checkpoints;
      acks.taken(id);
      pending.put(id, new Checkpoint(progress.split(), List.copyOf(emitted)));
    }

    private void completeSome() {
      if (!pending.isEmpty()) {
        var ids = List.copyOf(pending.keySet());
        complete(ids.get(random.nextInt(ids.size())), random.nextInt(4) > 0);
      }
    }

    /** A checkpoint is complete; its acknowledgement arrives or is lost. */
    private void complete(long id, boolean arrives) {
      var checkpoint = pending.get(id);
      pending.headMap(id, true).clear();
      restored = checkpoint.split();
      committed = checkpoint.emitted();
      var tag = acks.complete(id).get("q");
      if (arrives && tag != null && tag.connection() == connection) {
        unacknowledged.headMap(tag.number(), true).clear();
      }
    }

    private void loseConnection() {
      ready.addAll(0, unacknowledged.values());
      unacknowledged.clear();
      connection++;
      lastTag = 0;
    }
  }
}
