package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.truth.TruthLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
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
 * The oracles of one block of schedules. A reader of its own watches snapshots from the moment this
 * is made until it is closed; everything else happens in the calls, on one thread, and costs what
 * is new. Everything is read at the servers themselves.
 *
 * <p>Keep the sender going while {@link #awaitCommitted} waits: that a row is lost shows by a later
 * one of its key and account that went past it.
 */
public final class Checks implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(150);

  /** A row that a later one overtook may still come, for so long, with the next commit. */
  private static final Duration OVERTAKEN_FOR = Duration.ofSeconds(5);

  /** What hangs longer than this before the newest commit is no part of an epoch under way. */
  private static final Duration IN_DOUBT_FOR = Duration.ofSeconds(10);

  /** How long Kafka may take to show a transaction in all partitions; a busy machine takes it. */
  private static final Duration APPEARING = Duration.ofSeconds(20);

  /** How long the watching reader may take to look again at servers that are well. */
  private static final Duration WATCHED_WITHIN = Duration.ofSeconds(20);

  /** How long an orderly end may take to settle what was prepared. */
  private static final Duration ENDING = Duration.ofSeconds(3);

  private final TruthLog truth;
  private final StoreView view;
  private final DeadLetters deadLetters;
  private final Watch watch;
  private final Duration watchedWithin;
  private final MarkerHistory history = new MarkerHistory();
  private final List<String> examples = new ArrayList<>();
  private final Map<Integer, Instant> overtakenSince = new HashMap<>();
  private final Set<String> hanging = new HashSet<>();
  private final Set<Integer> reportedLost = new HashSet<>();
  private List<Integer> givenUp = List.of();
  private RowTally tally;
  private Order order = new Order();
  private StoreView.Seen seen;
  private long outOfOrder;
  private long lostPoison;
  private long wrongBalances;
  private long unwatched;
  private TruthLog onDisk;
  private Findings before = Findings.NONE;
  private boolean ended;
  private Exception unreadable;

  /**
   * Where to look.
   *
   * @param output what the job writes; for the calls
   * @param watched the same over a connection of its own; for the watching reader
   * @param input the brokers of the dead letters
   * @param deadLetters their topic
   * @param deadLetterSink the id of the sink that writes them
   */
  public record Places(
      StoreView output,
      StoreView watched,
      String input,
      String deadLetters,
      String deadLetterSink) {}

  /** Begins to watch. */
  public Checks(Places places, TruthLog truth) {
    this(places, truth, WATCHED_WITHIN);
  }

  /**
   * Begins to watch.
   *
   * @param watchedWithin how long the watching reader may take to look again at servers that are
   *     well
   */
  public Checks(Places places, TruthLog truth, Duration watchedWithin) {
    this.truth = truth;
    this.watchedWithin = watchedWithin;
    this.view = places.output();
    this.deadLetters = new DeadLetters(places);
    this.tally = new RowTally(truth);
    this.watch = new Watch(places.watched());
  }

  /**
   * Waits until all that was sent before a position is committed, or given up as lost, and the
   * poison among it is in the dead letters.
   *
   * @return false when patience ended
   */
  public boolean awaitCommitted(long position, Duration patience) {
    var poison = truth.poison(position);
    var deadline = System.nanoTime() + patience.toNanos();
    while (!isCommitted(position, poison)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return true;
  }

  private boolean isCommitted(long position, List<String> poison) {
    if (position > truth.position()) {
      return false;
    }
    try {
      look(Duration.ZERO);
      deadLetters.read();
      unreadable = null;
    } catch (Exception away) {
      unreadable = away;
      return false;
    }
    var missing = tally.missing(position);
    var now = Instant.now();
    overtakenSince.keySet().retainAll(new TreeSet<>(missing));
    missing.stream()
        .filter(tally::isOvertaken)
        .forEach(row -> overtakenSince.putIfAbsent(row, now));
    return lost(missing).size() == missing.size() && deadLetters.missing(poison).isEmpty();
  }

  /** What {@link #awaitCommitted} still waits for, as sentences, as of its last look. */
  public List<String> pending() {
    var pending = new ArrayList<String>();
    var missing = tally.missing(truth.position());
    var lost = lost(missing);
    var waiting = missing.stream().filter(row -> !lost.contains(row)).toList();
    if (!waiting.isEmpty()) {
      pending.add(
          "%d rows have not come, the first is %s%s."
              .formatted(
                  waiting.size(),
                  tally.describe(waiting.get(0)),
                  tally.isOvertaken(waiting.get(0)) ? ", which others overtook" : ""));
    }
    var poison = deadLetters.missing(truth.poison());
    if (!poison.isEmpty()) {
      pending.add(
          "%d dead letters have not come, such as %s.".formatted(poison.size(), poison.get(0)));
    }
    if (unreadable != null) {
      pending.add("The output cannot be read: %s.".formatted(unreadable));
    }
    return pending;
  }

  private void look(Duration patience) throws Exception {
    seen = view.read(patience);
    tally.take(seen, new ArrayList<>());
  }

  private List<Integer> lost(List<Integer> missing) {
    var limit = Instant.now().minus(OVERTAKEN_FOR);
    return missing.stream()
        .filter(row -> ended || overtakenSince.getOrDefault(row, Instant.MAX).isBefore(limit))
        .toList();
  }

  /**
   * Evaluates the oracles about what is new. Call it after {@link #awaitCommitted}; it waits for no
   * commit, only until the watching reader has looked since the last check.
   *
   * @return what was not reported before
   * @throws IllegalStateException when the servers cannot be read
   */
  public Findings check() {
    readAll();
    examples.clear();
    tally.take(seen, examples);
    outOfOrder = order.follow(seen, examples);
    if (view.hasMarkers()) {
      history.check(seen, tally.rowsOfEpoch(), examples);
    }
    if (ended) {
      lostPoison = deadLetters.missing(truth.poison()).size();
      history.checkFinished(seen.markers(), examples);
      checkBalances();
    }
    requireWatched();
    watch.settle(view.hasMarkers() ? 0 : tally.sum());
    examples.addAll(watch.examples());
    noteHanging();
    var total = total();
    tally.settle();
    view.settle();
    reportedLost.addAll(givenUp);
    var found = total.minus(before);
    before = total;
    return found;
  }

  /**
   * The complete check of a block, after the job was stopped with a savepoint: all rows anew
   * against the truth as the disk has it, and nothing in doubt at all.
   */
  public Findings finalCheck() {
    ended = true;
    var deadline = System.nanoTime() + ENDING.toNanos();
    while (!inDoubtNow().isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
    view.restart();
    onDisk = truthOnDisk();
    tally = new RowTally(onDisk);
    order = new Order();
    return check();
  }

  /** Oracles that nobody asked are not green. */
  private void requireWatched() {
    try {
      if (!watch.awaitLook(watchedWithin)) {
        unwatched++;
        examples.add(
            "Nobody has watched since the last check: %d snapshots, %d failures, the last is %s."
                .formatted(watch.looks(), watch.failures(), watch.lastFailure()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notRead(e);
    }
  }

  private void checkBalances() {
    try {
      var there = view.balancesNow();
      if (there.isPresent()) {
        wrongBalances = new Balances(onDisk).wrong(there.get(), examples);
      }
    } catch (Exception e) {
      throw notRead(e);
    }
  }

  private TruthLog truthOnDisk() {
    try {
      return TruthLog.read(truth.file());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is in doubt now, with the moment at which it was seen first, as far as it was. */
  private Map<String, Instant> inDoubtNow() {
    try {
      var inDoubt = new HashMap<>(deadLetters.inDoubt());
      var firstSeen = watch.doubts();
      view.inDoubt().forEach(id -> inDoubt.put(id, firstSeen.getOrDefault(id, Instant.MAX)));
      return inDoubt;
    } catch (Exception e) {
      throw notRead(e);
    }
  }

  private void readAll() {
    try {
      look(ended ? ENDING : APPEARING);
      watch.inspect(view.glimpse());
      deadLetters.read();
    } catch (Exception e) {
      throw notRead(e);
    }
  }

  private static IllegalStateException notRead(Exception e) {
    return new IllegalStateException(
        "The output cannot be read: heal and start the servers before the check.", e);
  }

  /**
   * What is in doubt now and was already long before the newest commit: that one ends the rest. At
   * the end, whatever is.
   */
  private void noteHanging() {
    var limit = watch.lastCommit().orElse(Instant.EPOCH).minus(IN_DOUBT_FOR);
    inDoubtNow()
        .forEach(
            (id, since) -> {
              if (ended || since.isBefore(limit)) {
                noteHanging(id);
              }
            });
  }

  private void noteHanging(String id) {
    if (hanging.add(id)) {
      examples.add("Transaction %s hangs.".formatted(id));
    }
  }

  /** Everything since the beginning of the block. */
  public Findings total() {
    var missing = tally.missing(truth.position());
    givenUp = lost(missing);
    givenUp.stream()
        .limit(5)
        .forEach(row -> examples.add("This row is lost: %s.".formatted(tally.describe(row))));
    var counts = tally.counts();
    var poison = new HashSet<>(truth.poison());
    return new Findings(
            givenUp.size() + lostPoison,
            counts.duplicated() + deadLetters.duplicated(),
            counts.unexpected() + deadLetters.unexpected(poison).size() + wrongBalances,
            watch.torn() + history.torn(),
            dirty(),
            outOfOrder,
            hanging.size(),
            history.illegal() + unwatched,
            late(missing),
            examples)
        .atLeast(before);
  }

  /** An epoch that both readers saw too early counts once. */
  private long dirty() {
    var dirty = new HashMap<>(watch.dirty());
    history.dirty().forEach((epoch, rows) -> dirty.merge(epoch, rows, Math::max));
    return dirty.values().stream().mapToLong(Long::longValue).sum();
  }

  private long late(List<Integer> missing) {
    var late = new HashSet<>(reportedLost);
    missing.forEach(late::remove);
    late.stream()
        .limit(5)
        .forEach(
            row ->
                examples.add(
                    "This row was lost and came late: %s.".formatted(tally.describe(row))));
    return late.size();
  }

  /** When rows became visible last, as the watching reader saw it. */
  public Optional<Instant> lastCommit() {
    return watch.lastCommit();
  }

  /** When rows became visible first after a moment: the end of a recovery. */
  public Optional<Instant> firstCommitAfter(Instant moment) {
    return watch.commits().stream()
        .map(Watch.Commit::at)
        .filter(at -> at.isAfter(moment))
        .findFirst();
  }

  /** All moments at which rows became visible, for a timeline. */
  public List<Instant> commits() {
    return watch.commits().stream().map(Watch.Commit::at).toList();
  }

  /** Epochs that are committed; with a peer 0, since its rows do not say. */
  public long epochs() {
    return history.epochs();
  }

  /** Snapshots that were taken by the watching reader. */
  public long snapshots() {
    return watch.looks();
  }

  /** Looks of the watching reader that failed, as they do while a server is away. */
  public long failedSnapshots() {
    return watch.failures();
  }

  /** Rows that the calls have seen. */
  public long rows() {
    return tally.rowsOfEpoch().values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    watch.close();
    view.close();
    deadLetters.close();
  }
}
