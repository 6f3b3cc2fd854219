package io.onceflow.testbed.run.crash;

import io.onceflow.common.commit.CrashPoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.checkpoint.CheckpointIDCounter;
import org.apache.flink.runtime.checkpoint.CheckpointRecoveryFactory;
import org.apache.flink.runtime.checkpoint.CheckpointsCleaner;
import org.apache.flink.runtime.checkpoint.CompletedCheckpoint;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStore;
import org.apache.flink.runtime.checkpoint.StandaloneCheckpointRecoveryFactory;
import org.apache.flink.runtime.highavailability.HighAvailabilityServices;
import org.apache.flink.runtime.highavailability.HighAvailabilityServicesFactory;
import org.apache.flink.runtime.highavailability.nonha.embedded.EmbeddedHaServices;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryFactory;

/**
 * Flink's store of completed checkpoints, with a file that names the newest one registered: what a
 * job would be restored from. Before and after registering it passes two crash points, between
 * which {@code _metadata} exists and Flink has not decided.
 */
public final class RecordingHighAvailability implements HighAvailabilityServicesFactory {

  /** J2: {@code _metadata} is written, the checkpoint is not registered. */
  static final String BEFORE_REGISTER = "flink-before-register";

  /** J3: the checkpoint is registered, nobody is told. */
  static final String AFTER_REGISTER = "flink-after-register";

  static final ConfigOption<String> REGISTERED =
      ConfigOptions.key("crash.registered-file").stringType().noDefaultValue();

  @Override
  public HighAvailabilityServices createHAServices(Configuration configuration, Executor executor) {
    var registered = Path.of(configuration.get(REGISTERED));
    return new RecordingServices(executor, registered);
  }

  @SuppressWarnings("try") // Flink's class declares a close() that throws InterruptedException
  private static final class RecordingServices extends EmbeddedHaServices {
    private final Path registered;

    RecordingServices(Executor executor, Path registered) {
      super(executor);
      this.registered = registered;
    }

    @Override
    public CheckpointRecoveryFactory getCheckpointRecoveryFactory() {
      return new Recovery(registered);
    }
  }

  private record Recovery(Path registered) implements CheckpointRecoveryFactory {

    @Override
    public CompletedCheckpointStore createRecoveredCompletedCheckpointStore(
        JobID jobId,
        int maxNumberOfCheckpointsToRetain,
        SharedStateRegistryFactory sharedStateRegistryFactory,
        Executor ioExecutor,
        RecoveryClaimMode recoveryClaimMode)
        throws Exception {
      return new RecordingStore(
          new StandaloneCheckpointRecoveryFactory()
              .createRecoveredCompletedCheckpointStore(
                  jobId,
                  maxNumberOfCheckpointsToRetain,
                  sharedStateRegistryFactory,
                  ioExecutor,
                  recoveryClaimMode),
          registered);
    }

    @Override
    public CheckpointIDCounter createCheckpointIDCounter(JobID jobId) throws Exception {
      return new StandaloneCheckpointRecoveryFactory().createCheckpointIDCounter(jobId);
    }
  }

  private record RecordingStore(CompletedCheckpointStore store, Path registered)
      implements CompletedCheckpointStore {

    @Override
    public CompletedCheckpoint addCheckpointAndSubsumeOldestOne(
        CompletedCheckpoint checkpoint, CheckpointsCleaner cleaner, Runnable postCleanup)
        throws Exception {
      CrashPoints.reach(BEFORE_REGISTER);
      var subsumed = store.addCheckpointAndSubsumeOldestOne(checkpoint, cleaner, postCleanup);
      remember(checkpoint.getExternalPointer());
      CrashPoints.reach(AFTER_REGISTER);
      return subsumed;
    }

    private void remember(String path) {
      try {
        var next = registered.resolveSibling("registered.next");
        Files.writeString(next, path);
        Files.move(next, registered, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void shutdown(JobStatus jobStatus, CheckpointsCleaner cleaner) throws Exception {
      store.shutdown(jobStatus, cleaner);
    }

    @Override
    public List<CompletedCheckpoint> getAllCheckpoints() {
      return store.getAllCheckpoints();
    }

    @Override
    public int getNumberOfRetainedCheckpoints() {
      return store.getNumberOfRetainedCheckpoints();
    }

    @Override
    public int getMaxNumberOfRetainedCheckpoints() {
      return store.getMaxNumberOfRetainedCheckpoints();
    }

    @Override
    public boolean requiresExternalizedCheckpoints() {
      return store.requiresExternalizedCheckpoints();
    }

    @Override
    public SharedStateRegistry getSharedStateRegistry() {
      return store.getSharedStateRegistry();
    }
  }
}
