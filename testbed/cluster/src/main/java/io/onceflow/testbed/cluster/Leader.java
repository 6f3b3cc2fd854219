package io.onceflow.testbed.cluster;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.highavailability.ClientHighAvailabilityServices;
import org.apache.flink.runtime.highavailability.HighAvailabilityServicesUtils;
import org.apache.flink.runtime.leaderretrieval.LeaderRetrievalListener;
import org.apache.flink.runtime.leaderretrieval.LeaderRetrievalService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the REST address of the JobManager that leads, by watching ZooKeeper as every client of a
 * highly available cluster does; without ZooKeeper it is the one there is. Thread-safe.
 */
final class Leader implements AutoCloseable, LeaderRetrievalListener {
  private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

  private final ClientHighAvailabilityServices services;
  private final LeaderRetrievalService retrieval;
  private final Set<UUID> dead = new HashSet<>();
  private String address;
  private UUID session;

  private Leader(ClientHighAvailabilityServices services) {
    this.services = services;
    this.retrieval = services.getClusterRestEndpointLeaderRetriever();
  }

  static Leader watch(Configuration configuration) {
    try {
      Leader leader =
          new Leader(
              HighAvailabilityServicesUtils.createClientHAService(
                  configuration, error -> LOG.warn("The watch of the leader has failed.", error)));
      leader.retrieval.start(leader);
      return leader;
    } catch (Exception e) {
      throw new ClusterException("The leader cannot be watched; is ZooKeeper there?", e);
    }
  }

  /** Returns the address of the leader that is not known to be dead, such as http://127.0.0.1:1. */
  synchronized Optional<String> address() {
    return dead.contains(session) ? Optional.empty() : Optional.ofNullable(address);
  }

  /**
   * The process at this address is not the one any more that became leader there: in ZooKeeper it
   * stays the leader until its session ends.
   */
  synchronized void isGone(String gone) {
    if (gone.equals(address) && session != null) {
      dead.add(session);
    }
  }

  @Override
  public synchronized void notifyLeaderAddress(String leaderAddress, UUID leaderSession) {
    address = leaderAddress;
    session = leaderSession;
  }

  @Override
  public void handleError(Exception exception) {
    LOG.warn("The leader is not known for the moment.", exception);
  }

  @Override
  public void close() {
    try {
      retrieval.stop();
      services.close();
    } catch (Exception e) {
      LOG.debug("The watch of the leader did not close well.", e);
    }
  }
}
