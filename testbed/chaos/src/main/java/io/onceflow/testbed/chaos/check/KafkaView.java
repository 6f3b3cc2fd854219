package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.job.LegRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * The topic of legs and the topic of markers, read committed. Kafka shows no snapshot over
 * partitions: the parts of a transaction appear one partition after the other. What it promises,
 * and what {@link #glimpse} checks, is that a partition's part appears as a whole: the end that a
 * reader sees never lies within an epoch's range of offsets.
 */
public final class KafkaView implements StoreView {

  private static final Duration POLL = Duration.ofMillis(20);

  private static final int OFFSET_BITS = 48;

  private final Topics topics;
  private KafkaMarkers markers;
  private final CommittedRecords legsReader;
  private final CommittedRecords markersReader;

  /** Counts a peer's rows for {@link #glimpse}, which must take none from {@link #read}. */
  private final CommittedRecords counter;

  private final OpenTransactions transactions;
  private final List<Row> unsettled = new ArrayList<>();
  private final Map<Integer, TreeSet<Long>> endsSeen = new HashMap<>();
  private final Map<Long, Long> settledRows = new HashMap<>();
  private List<Row> given = List.of();
  private List<MarkerRow> markersBefore = List.of();
  private long counted;

  /**
   * One block's topics.
   *
   * @param bootstrapServers the broker itself
   * @param legs the topic of the rows
   * @param markers the marker topic; null with a peer
   * @param sinkId whose markers
   */
  public record Topics(String bootstrapServers, String legs, String markers, String sinkId) {}

  /** A view that reads from the first record on. */
  public KafkaView(Topics topics) {
    this.topics = topics;
    this.markers = new KafkaMarkers(topics.legs(), topics.sinkId());
    this.legsReader = new CommittedRecords(topics.bootstrapServers(), topics.legs());
    this.markersReader = new CommittedRecords(topics.bootstrapServers(), topics.markers());
    this.counter = new CommittedRecords(topics.bootstrapServers(), topics.legs());
    this.transactions = new OpenTransactions(topics.bootstrapServers(), topics.sinkId());
  }

  @Override
  public boolean hasMarkers() {
    return topics.markers() != null;
  }

  @Override
  public Seen read(Duration patience) throws IOException {
    var deadline = System.nanoTime() + patience.toNanos();
    readAll();
    var atFirst = incomplete();
    var stuck = atFirst;
    while (!stuck.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
      readAll();
      stuck = incomplete();
      // What begins to appear meanwhile has its own patience, in the next reading.
      stuck.retainAll(atFirst);
    }
    return seen(stuck);
  }

  private void readAll() throws IOException {
    readMarkers();
    readLegs();
  }

  /** Epochs of which something is missing, and rows without an epoch by their places, negative. */
  private Set<Long> incomplete() {
    var incomplete = new HashSet<Long>();
    if (hasMarkers()) {
      var visible = new HashMap<>(settledRows);
      for (var row : withEpochs()) {
        if (row.epoch() == null) {
          incomplete.add(-row.place() - 1);
        } else {
          visible.merge(row.epoch(), 1L, Long::sum);
        }
      }
      markers.all().stream()
          .filter(marker -> visible.getOrDefault(marker.epoch(), 0L) != marker.rows())
          .forEach(marker -> incomplete.add(marker.epoch()));
    }
    return incomplete;
  }

  /** All that is complete, and what stayed incomplete for too long. */
  private Seen seen(Set<Long> stuck) {
    var later = incomplete();
    later.removeAll(stuck);
    given = new ArrayList<>();
    for (var row : withEpochs()) {
      if (!later.contains(row.epoch() == null ? -row.place() - 1 : row.epoch())) {
        given.add(row);
      }
    }
    var complete =
        markers.all().stream().filter(marker -> !later.contains(marker.epoch())).toList();
    return new Seen(false, List.copyOf(given), complete, markers.changesSince(markersBefore));
  }

  private List<Row> withEpochs() {
    return unsettled.stream().map(this::withEpoch).toList();
  }

  private Row withEpoch(Row row) {
    var partition = (int) (row.place() >> OFFSET_BITS);
    var epoch = markers.epochOf(partition, row.place() & ((1L << OFFSET_BITS) - 1));
    return new Row(
        row.place(),
        row.key(),
        row.seq(),
        row.leg(),
        row.account(),
        row.amount(),
        row.crc(),
        epoch);
  }

  private void readLegs() throws IOException {
    legsReader.read(
        record -> {
          var leg = LegRecord.parse(record.value());
          unsettled.add(
              new Row(
                  ((long) record.partition() << OFFSET_BITS) | record.offset(),
                  leg.key(),
                  leg.seq(),
                  leg.leg(),
                  leg.account(),
                  leg.amount(),
                  leg.crc(),
                  null));
        });
  }

  private List<KafkaMarkers.Range> readMarkers() throws IOException {
    var added = new ArrayList<KafkaMarkers.Range>();
    if (hasMarkers()) {
      markersReader.read(record -> added.addAll(markers.take(record)));
    }
    return added;
  }

  @Override
  public void settle() {
    var places = new HashSet<Long>();
    for (var row : given) {
      places.add(row.place());
      if (row.epoch() != null) {
        settledRows.merge(row.epoch(), 1L, Long::sum);
      }
    }
    unsettled.removeIf(row -> places.contains(row.place()));
    given = List.of();
  }

  @Override
  public void restart() {
    unsettled.clear();
    settledRows.clear();
    given = List.of();
    legsReader.restart();
    if (hasMarkers()) {
      markersBefore = markers.all();
      markers = new KafkaMarkers(topics.legs(), topics.sinkId());
      markersReader.restart();
    }
  }

  @Override
  public Glimpse glimpse() throws IOException {
    if (!hasMarkers()) {
      counter.read(record -> counted++);
      return new Glimpse(counted, null, List.of(), Map.of());
    }
    var newEnds = new HashMap<Integer, Long>();
    legsReader
        .ends()
        .forEach(
            (partition, end) -> {
              if (endsOf(partition.partition()).add(end)) {
                newEnds.put(partition.partition(), end);
              }
            });
    var torn = new ArrayList<String>();
    for (var range : readMarkers()) {
      var within = endsOf(range.partition()).higher(range.first());
      if (within != null && within <= range.last()) {
        torn.add(tornAt(within, range));
      }
      // Told with its marker; the other way around is for markers that came before.
      newEnds.remove(range.partition(), within);
    }
    newEnds.forEach(
        (partition, end) ->
            markers.around(partition, end).ifPresent(range -> torn.add(tornAt(end, range))));
    return new Glimpse(markers.rows(), null, torn, Map.of());
  }

  private TreeSet<Long> endsOf(int partition) {
    return endsSeen.computeIfAbsent(partition, any -> new TreeSet<>());
  }

  private static String tornAt(long end, KafkaMarkers.Range range) {
    return "A reader saw partition %d end at %d, within %s."
        .formatted(range.partition(), end, range);
  }

  @Override
  public Optional<Map<Integer, Long>> balancesNow() {
    return Optional.empty();
  }

  @Override
  public Set<String> inDoubt() throws Exception {
    return transactions.list();
  }

  @Override
  public void close() {
    legsReader.close();
    markersReader.close();
    counter.close();
    transactions.close();
  }
}
