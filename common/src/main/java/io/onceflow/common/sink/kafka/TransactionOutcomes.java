package io.onceflow.common.sink.kafka;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;

/**
 * Asks the broker how a transaction ended. It can be asked because ids are used once: the state of
 * an id is the state of its one transaction, for as long as the broker remembers the id ({@code
 * transactional.id.expiration.ms}, 7 days by default). Connects when it is first asked.
 */
final class TransactionOutcomes implements LossRefusingCommitter.Outcomes {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Properties properties;
  private Admin admin;

  TransactionOutcomes(Properties properties) {
    this.properties = properties;
  }

  /**
   * @return whether the transaction was committed; false also when the broker has forgotten it
   * @throws IOException when the broker does not answer
   */
  @Override
  public boolean wasCommitted(String transactionalId) throws IOException, InterruptedException {
    if (admin == null) {
      admin = Admin.create(properties);
    }
    try {
      TransactionState state =
          admin
              .describeTransactions(List.of(transactionalId))
              .description(transactionalId)
              .get()
              .state();
      return state == TransactionState.COMPLETE_COMMIT || state == TransactionState.PREPARE_COMMIT;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdNotFoundException) {
        return false;
      }
      throw new IOException(
          "Kafka does not say how transaction %s ended: %s The commit is tried again after a restart."
              .formatted(transactionalId, e.getCause().getMessage()),
          e.getCause());
    }
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(CLOSE_TIMEOUT);
    }
  }
}
