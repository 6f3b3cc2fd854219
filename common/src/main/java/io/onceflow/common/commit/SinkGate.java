package io.onceflow.common.commit;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Lets one run at a time work for a sink. It saves work and noise; that nothing is written twice
 * follows from the claim.
 */
public interface SinkGate extends RemoteSession {

  /**
   * Enters if no other run is inside. Idempotent.
   *
   * @throws StoreException TRANSIENT while another run is inside that may be gone, to be asked
   *     again; FENCED when it is alive
   */
  void enter() throws StoreException;

  /** Enters whoever is inside: their stay is over. Only for a run that has claimed the sink. */
  void takeOver() throws StoreException;

  /**
   * A run that is inside.
   *
   * @param runId its id
   * @param remaining how long it may still be inside without a sign of life
   */
  record Occupant(String runId, Duration remaining) {}

  /** Who is inside, if anybody is. */
  Optional<Occupant> occupant() throws StoreException;

  /** Leaves at once, for a run that has done its work. Harmless when it is not inside. */
  void leave() throws StoreException;

  /**
   * Stays inside for as long as the job gets on. Called once, by a run that has entered.
   *
   * @param patience how long it may be without {@link Stay#progress}
   * @param onLoss told once, by any thread, when the stay is over; the job must end then, for good
   *     if another run is inside
   */
  Stay stay(Duration patience, Consumer<StoreException> onLoss);

  /** A stay. Thread-safe. */
  interface Stay extends AutoCloseable {

    /** A checkpoint has completed. */
    void progress();

    /** Ends the renewals; what was entered is left when its time is over. */
    @Override
    void close();
  }
}
