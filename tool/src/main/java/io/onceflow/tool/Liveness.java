package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreClient;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What the store shows of a job that is alive. A reason to refuse, never a reason to believe that
 * it is dead: safety comes from fencing its run, which makes a live job fail closed.
 *
 * @param signs sentences; none means that the store shows no life
 */
record Liveness(List<String> signs) {

  /** A run that owns a sink for the tool begins so. */
  static final String RESOLVER = "resolver-";

  private static final Duration LEAST = Duration.ofSeconds(10);
  private static final Duration WITHOUT_INTERVAL = Duration.ofSeconds(60);
  private static final int MARKERS_LOOKED_AT = 20;

  Liveness {
    signs = List.copyOf(signs);
  }

  boolean isAlive() {
    return !signs.isEmpty();
  }

  /**
   * @param patience a marker younger than this many of the sink's usual intervals is a sign
   */
  static Liveness of(StoreInspector inspector, SinkInfo sink, int patience) throws StoreException {
    var signs = new ArrayList<String>();
    var markers =
        inspector.markers(new SinkId(sink.sinkId()), MARKERS_LOOKED_AT).stream()
            .filter(marker -> isOfOwner(marker, sink))
            .toList();
    if (!sink.ownerRun().startsWith(RESOLVER)) {
      var now = inspector.now();
      freshMarker(markers, now, patience, signs);
      freshClaim(sink, now, signs);
    }
    for (var client : inspector.clients()) {
      if (mayBeOf(client, sink)) {
        signs.add(
            "Session %s of role %s calls itself '%s' and is %s."
                .formatted(client.session(), client.user(), client.name(), client.state()));
      }
    }
    lease(inspector, sink, signs);
    return new Liveness(signs);
  }

  /** What an earlier run has committed says nothing of this one. */
  private static boolean isOfOwner(Marker marker, SinkInfo sink) {
    return Objects.equals(marker.lineage(), sink.lineage())
        && (sink.ownerSince() == null || !marker.committedAt().isBefore(sink.ownerSince()));
  }

  private static void freshMarker(
      List<Marker> newestFirst, Instant now, int patience, List<String> signs) {
    if (newestFirst.isEmpty()) {
      return;
    }
    var age = Duration.between(newestFirst.get(0).committedAt(), now);
    var limit = limit(newestFirst, patience);
    if (age.compareTo(limit) < 0) {
      signs.add(
          "The newest marker is %s old, and the sink commits often enough that one of less than %s is a sign of life."
              .formatted(Times.age(age), Times.age(limit)));
    }
  }

  private static void freshClaim(SinkInfo sink, Instant now, List<String> signs) {
    if (sink.ownerSince() != null
        && Duration.between(sink.ownerSince(), now).compareTo(LEAST) < 0) {
      signs.add(
          "Run %s has claimed the sink %s ago."
              .formatted(sink.ownerRun(), Times.age(Duration.between(sink.ownerSince(), now))));
    }
  }

  /** Two resolvers at once are harmless: the later one's claim fences the earlier one. */
  private static void lease(StoreInspector inspector, SinkInfo sink, List<String> signs)
      throws StoreException {
    var gates = inspector.gates();
    if (gates.isEmpty()) {
      return;
    }
    try (var gate = gates.get().connect(new SinkId(sink.sinkId()), RESOLVER + "looks")) {
      gate.occupant()
          .filter(occupant -> !occupant.runId().startsWith(RESOLVER))
          .ifPresent(
              occupant ->
                  signs.add(
                      "Run %s holds the sink's lease for another %s."
                          .formatted(occupant.runId(), Times.age(occupant.remaining()))));
    }
  }

  private static Duration limit(List<Marker> newestFirst, int patience) {
    var gaps = new ArrayList<Duration>();
    for (var i = 1; i < newestFirst.size(); i++) {
      var gap =
          Duration.between(newestFirst.get(i).committedAt(), newestFirst.get(i - 1).committedAt());
      // Subtasks of one checkpoint commit side by side.
      if (!Objects.equals(
          newestFirst.get(i).checkpointId(), newestFirst.get(i - 1).checkpointId())) {
        gaps.add(gap);
      }
    }
    if (gaps.isEmpty()) {
      return WITHOUT_INTERVAL;
    }
    gaps.sort(null);
    var usual = gaps.get(gaps.size() / 2).multipliedBy(patience);
    return usual.compareTo(LEAST) < 0 ? LEAST : usual;
  }

  /**
   * A sink's sessions carry its id; its writers' one part more. A plain {@code onceflow} may be
   * anybody's, such as this tool's own connection to the decision register.
   */
  private static boolean mayBeOf(StoreClient client, SinkInfo sink) {
    var name = "onceflow/" + sink.sinkId();
    return client.name().equals(name) || client.name().startsWith(name + "/");
  }
}
