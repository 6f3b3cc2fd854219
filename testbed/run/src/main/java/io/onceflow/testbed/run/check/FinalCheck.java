package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.load.SentLog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The check after the job has stopped: everything that was sent, row by row.
 *
 * <p>Sent commands = input topic; every command has its results once in {@code ledger.results} and
 * once in the results topic, or is once in the dead letters; results, balances and transfers are
 * those of the reference ledger; all invariants hold; nothing is in doubt.
 *
 * <p>Memory: 12 bytes per command, and of one partition at a time the reference ledger, some 600
 * bytes per transfer. One thread.
 */
public final class FinalCheck {

  private final Place place;
  private final Mistakes mistakes;
  private final Consumer<String> progress;
  private long sent;
  private long committed;
  private long deadLetters;

  /**
   * Where everything is.
   *
   * @param bootstrapServers of Kafka
   * @param topics by what they hold
   * @param sentDirectory of the {@link SentLog}s
   * @param segmentDirectory where the sink keeps segments
   * @param database opens connections to PostgreSQL
   */
  public record Place(
      String bootstrapServers,
      Topics topics,
      Path sentDirectory,
      Path segmentDirectory,
      Database database) {}

  /**
   * The topics of the job.
   *
   * @param partitions of the commands
   */
  public record Topics(String commands, int partitions, String results, String deadLetters) {}

  /** Opens a connection, as its owner closes it. */
  @FunctionalInterface
  public interface Database {
    /** Opens one. */
    Connection connect() throws SQLException;
  }

  /**
   * @param mistakes where mistakes are noted; what the run noted before counts too
   * @param progress is told what is being checked
   */
  public FinalCheck(Place place, Mistakes mistakes, Consumer<String> progress) {
    this.place = place;
    this.mistakes = mistakes;
    this.progress = progress;
  }

  /** Checks everything. */
  public Report run() throws IOException, SQLException {
    OutputTopics outputs = new OutputTopics(place.bootstrapServers);
    progress.accept("reading the results and dead letter topics");
    Map<Integer, OffsetTally> results = outputs.results(place.topics.results);
    var letters = outputs.deadLetters(place.topics.deadLetters);
    try (Connection connection = place.database.connect()) {
      try (var statement = connection.createStatement()) {
        // Rows came so fast that the server has no statistics to plan with.
        statement.execute("ANALYZE ledger.transfers, ledger.results, ledger.accounts");
      }
      Invariants.prepare(connection);
      BookCheck books = new BookCheck(connection, mistakes);
      for (int partition = 0; partition < place.topics.partitions; partition++) {
        progress.accept(
            "comparing partition %d of %d with the reference ledger"
                .formatted(partition + 1, place.topics.partitions));
        check(connection, partition, new Found(results, letters), books);
      }
      books.finish();
      unknownPartitions(connection, new Found(results, letters));
      progress.accept("checking the invariants");
      invariants(connection);
      new InDoubt(mistakes).preparedTransactions(connection);
      connection.rollback();
    }
    InDoubt inDoubt = new InDoubt(mistakes);
    inDoubt.segments(place.segmentDirectory);
    inDoubt.kafkaTransactions(place.bootstrapServers);
    return new Report(sent, committed, deadLetters, mistakes);
  }

  /** What the job's topics hold, by input partition; taken out when compared. */
  private record Found(
      Map<Integer, OffsetTally> results, Map<Integer, Map<Long, List<String>>> deadLetters) {}

  private void check(Connection connection, int partition, Found found, BookCheck books)
      throws IOException, SQLException {
    OffsetTally tally = found.results.remove(partition);
    Map<Long, List<String>> codes = found.deadLetters.remove(partition);
    try (ResultCursor rows = new ResultCursor(connection, partition);
        InputCheck sentLog = new InputCheck(place.sentDirectory, partition, mistakes);
        PartitionReader input =
            PartitionReader.of(place.bootstrapServers, place.topics.commands, partition)) {
      PartitionCheck check =
          new PartitionCheck(
              partition,
              new PartitionCheck.Outputs(
                  rows,
                  tally == null ? new OffsetTally() : tally,
                  codes == null ? new HashMap<>() : codes),
              mistakes);
      check.run(input, sentLog);
      sent += check.sent();
      committed += check.committed();
      deadLetters += check.refused();
      for (var book : check.reference().books().entrySet()) {
        books.check(book.getKey(), book.getValue());
      }
    }
  }

  private void unknownPartitions(Connection connection, Found found) throws SQLException {
    found.results.forEach(
        (partition, tally) ->
            mistakes.add(
                Kind.EXTRA_RESULT,
                tally.countFrom(0),
                "results topic, partition " + partition + ", which the input has not"));
    found.deadLetters.forEach(
        (partition, codes) ->
            mistakes.add(
                Kind.EXTRA_DEAD_LETTER,
                codes.size(),
                "partition " + partition + ", which the input has not"));
    try (var statement =
        connection.prepareStatement(
            "SELECT count(*) FROM ledger.results WHERE topic_partition < 0 OR topic_partition >= ?")) {
      statement.setInt(1, place.topics.partitions);
      try (var rows = statement.executeQuery()) {
        rows.next();
        if (rows.getLong(1) > 0) {
          mistakes.add(
              Kind.EXTRA_RESULT,
              rows.getLong(1),
              "ledger.results has partitions that the input has not");
        }
      }
    }
  }

  private void invariants(Connection connection) throws SQLException {
    for (var queries : List.of(Invariants.LIGHT, Invariants.HEAVY)) {
      for (String broken : Invariants.broken(connection, queries)) {
        mistakes.add(Kind.INVARIANT, broken);
      }
    }
  }
}
