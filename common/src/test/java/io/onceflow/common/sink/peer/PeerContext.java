package io.onceflow.common.sink.peer;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.testframe.external.sink.DataStreamSinkV2ExternalContext;
import org.apache.flink.connector.testframe.external.sink.TestingSinkSettings;

/**
 * One case of the suite: an empty place in a store, and one sink id for all the jobs of the case. A
 * subclass says how to build the sink and how to read what was committed; it takes a fresh database
 * or topic in its constructor.
 */
public abstract class PeerContext implements DataStreamSinkV2ExternalContext<String> {

  /** How many rows a case sends in all. */
  static final int ROWS = 1_000;

  private static final int REPEAT_EVERY = 50;

  /** Small, so that segments travel in files too. */
  private static final int INLINE_LIMIT_BYTES = 1_024;

  /** What the encodings of stores stumble over. */
  private static final List<String> PIECES =
      List.of(
          "a", "Z", "0", " ", "'", "\"", "\\", "\\N", "\\.", "\t", "\n", "\r", ",", "%s", "ß", "€",
          "😀");

  private final String name;
  private final String sinkId = "peer-" + UUID.randomUUID().toString().substring(0, 8);
  private final ReadableConfig checkpointing;

  /**
   * @param name store, strategy and scope, for the names of the cases
   * @param checkpointing from {@link PeerCluster#checkpointing()}
   */
  protected PeerContext(String name, ReadableConfig checkpointing) {
    this.name = name;
    this.checkpointing = checkpointing;
  }

  /** The sink over the store, all but its id and the checkpoints. Called once per job. */
  protected abstract TwoPhaseCommitSink.Builder<String> newSink();

  @Override
  public final Sink<String> createSink(TestingSinkSettings settings) {
    refuseOtherSemantics(settings);
    return newSink()
        .sinkId(sinkId)
        .checkpointsOf(checkpointing)
        .inlineLimitBytes(INLINE_LIMIT_BYTES)
        .build();
  }

  @SuppressWarnings("deprecation") // The settings have no other getter.
  private static void refuseOtherSemantics(TestingSinkSettings settings) {
    var mode = settings.getCheckpointingMode();
    if (mode != org.apache.flink.streaming.api.CheckpointingMode.EXACTLY_ONCE) {
      throw new IllegalArgumentException(
          "The sink commits exactly once or not at all, and the case asks for %s: leave it out of @TestSemantics."
              .formatted(mode));
    }
  }

  /**
   * Rows that carry the seed, so that every failure shows it. Some are equal on purpose: a sink
   * that removes duplicates by value would lose them.
   */
  @Override
  public final List<String> generateTestData(TestingSinkSettings settings, long seed) {
    var random = new Random(seed);
    var rows = new ArrayList<String>(ROWS);
    for (var i = 0; i < ROWS; i++) {
      var repeats = i > 0 && i % REPEAT_EVERY == 0;
      rows.add(repeats ? rows.get(random.nextInt(i)) : row(seed, i, random));
    }
    return rows;
  }

  private static String row(long seed, int index, Random random) {
    var row = new StringBuilder("%d/%d/".formatted(seed, index));
    for (var pieces = random.nextInt(32); pieces > 0; pieces--) {
      row.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return row.toString();
  }

  @Override
  public final TypeInformation<String> getProducedType() {
    return Types.STRING;
  }

  /** None: the classes are on the class path of the MiniCluster. */
  @Override
  public final List<URL> getConnectorJarPaths() {
    return List.of();
  }

  /** Nothing: what a case wrote goes with its server. */
  @Override
  public void close() {}

  @Override
  public final String toString() {
    return name;
  }
}
