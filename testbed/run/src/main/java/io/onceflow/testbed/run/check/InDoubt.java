package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;

/** Looks for what a job that has stopped must not leave behind: work that is not decided. */
final class InDoubt {

  private static final Set<TransactionState> DECIDED =
      EnumSet.of(
          TransactionState.EMPTY,
          TransactionState.COMPLETE_COMMIT,
          TransactionState.COMPLETE_ABORT);

  private final Mistakes mistakes;

  InDoubt(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  void preparedTransactions(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT gid || ' of database ' || database || ', prepared ' || prepared FROM pg_prepared_xacts")) {
      while (rows.next()) {
        mistakes.add(Kind.PREPARED_TRANSACTION, rows.getString(1));
      }
    }
  }

  void segments(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(directory)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    files.forEach(file -> mistakes.add(Kind.SEGMENT, file.toString()));
  }

  void kafkaTransactions(String bootstrapServers) throws IOException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      for (TransactionListing listing :
          admin.listTransactions(new ListTransactionsOptions()).all().get()) {
        if (!DECIDED.contains(listing.state())) {
          mistakes.add(
              Kind.KAFKA_TRANSACTION, listing.transactionalId() + " is " + listing.state());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Kafka was asked for its transactions.", e);
    } catch (ExecutionException e) {
      throw new IOException("Kafka did not tell its transactions: " + e.getCause().getMessage(), e);
    }
  }
}
