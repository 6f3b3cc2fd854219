package io.onceflow.testbed.chaos.check;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;

/** The transactions of one sink that a broker has open, or is ending. Used by one thread. */
final class OpenTransactions implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final List<TransactionState> OPEN =
      List.of(
          TransactionState.ONGOING,
          TransactionState.PREPARE_COMMIT,
          TransactionState.PREPARE_ABORT);

  private final String sinkId;
  private final Admin admin;

  OpenTransactions(String bootstrapServers, String sinkId) {
    this.sinkId = sinkId;
    this.admin =
        Admin.create(
            Map.of(
                "bootstrap.servers", bootstrapServers,
                "default.api.timeout.ms", 10_000,
                "request.timeout.ms", 5_000));
  }

  /** A transaction's id and when it began, since ids are used again. */
  Set<String> list() throws Exception {
    var open = new HashSet<String>();
    var listed =
        admin
            .listTransactions(new ListTransactionsOptions().filterStates(OPEN))
            .all()
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    for (var one : listed) {
      var id = one.transactionalId();
      if (isOurs(id)) {
        var description =
            admin
                .describeTransactions(List.of(id))
                .description(id)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        open.add("%s since %s".formatted(id, description.transactionStartTimeMs()));
      }
    }
    return open;
  }

  /** Ours is {@code of.SINK} or {@code of.SINK.n}, the peer's {@code SINK-..}. */
  private boolean isOurs(String id) {
    var name = id.startsWith("of.") ? id.substring(3) : id;
    return name.equals(sinkId) || name.startsWith(sinkId + ".") || name.startsWith(sinkId + "-");
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
