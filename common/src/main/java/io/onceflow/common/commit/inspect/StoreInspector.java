package io.onceflow.common.commit.inspect;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SinkGates;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An operator's view of one store, over one connection that is opened when first used. It knows no
 * table mapping and changes nothing unless a method says so. Not thread-safe.
 *
 * <p>Every method throws {@link StoreException} with a sentence that says what to do.
 */
public interface StoreInspector extends AutoCloseable {

  /** What the store calls itself in messages. */
  String description();

  /** The store's clock: ages are differences to it, never to this machine's. */
  Instant now() throws StoreException;

  /**
   * Checks what can be checked without mappings.
   *
   * @return everything that is wrong, as sentences
   */
  List<String> problems(CommitStrategy strategy) throws StoreException;

  /** Settings and versions that an operator wants to see beside the problems, as sentences. */
  List<String> facts() throws StoreException;

  /** All sinks, by id. */
  List<SinkInfo> sinks() throws StoreException;

  /** The runs of a sink, newest first. */
  List<RunInfo> runs(SinkId sinkId) throws StoreException;

  /** The newest markers of a sink, newest first. */
  List<Marker> markers(SinkId sinkId, int limit) throws StoreException;

  /**
   * Which of these transactions have a marker, and which of these epochs are finished, as a fresh
   * snapshot shows it.
   */
  List<String> committed(Collection<String> transactionIds) throws StoreException;

  /** All prepared transactions of the server, also those that are nobody's of ours. */
  List<InDoubt> inDoubt() throws StoreException;

  /**
   * The prepared transactions of this database: only they can be settled over this connection, and
   * a sink of the same id in another database is another sink.
   */
  default List<InDoubt> inDoubtHere() throws StoreException {
    return inDoubt();
  }

  /**
   * A session that settles prepared transactions as a run of its own: claiming the sink for it
   * fences the job. The caller closes it.
   *
   * @throws StoreException SYSTEM when the store prepares no transactions
   */
  PreparedSession settling(SinkId sinkId, String runId) throws StoreException;

  /** What only the owner of a sink may do. */
  interface OwnersWork {
    /** Does it. */
    void run() throws StoreException;
  }

  /**
   * Does something while the sink's record is locked and this run owns it, so that nobody can take
   * the sink over in between. The work uses another connection.
   *
   * @throws StoreException FENCED when another run owns the sink; the work was not begun
   */
  void whileOwning(SinkId sinkId, String runId, OwnersWork work) throws StoreException;

  /**
   * Counts the rows of the committed epochs again, as one snapshot shows them, and compares them
   * with the markers: per epoch where the rows say which epoch brought them, else in total.
   */
  List<RowCheck> recount(SinkId sinkId) throws StoreException;

  /** Connections that call themselves a sink. */
  List<StoreClient> clients() throws StoreException;

  /** The leases of sinks, if the store keeps them and this role may read them. */
  default Optional<SinkGates> gates() throws StoreException {
    return Optional.empty();
  }

  /** What was done by hand, newest first. */
  List<AuditRow> audit(SinkId sinkId, int limit) throws StoreException;

  /** Writes down what is done. */
  void record(AuditRow row) throws StoreException;

  /**
   * The rejected rows.
   *
   * @throws StoreException SYSTEM when the store keeps none in a table
   */
  DeadLetterDesk deadLetters() throws StoreException;

  /** Says what may go: runs besides the newest ones, markers besides the newest ones. */
  Housekeeping garbage(SinkId sinkId, int keepRuns, long keepMarkers) throws StoreException;

  /** Removes exactly that, in one transaction with its audit row; the sink's record is locked. */
  Housekeeping collect(SinkId sinkId, int keepRuns, long keepMarkers, Actor actor)
      throws StoreException;

  @Override
  void close();
}
