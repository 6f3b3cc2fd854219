package io.onceflow.testbed.run.crash;

import io.onceflow.common.commit.CrashPoints;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.CheckpointMetadataOutputStream;
import org.apache.flink.runtime.state.CheckpointStateOutputStream;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageFactory;
import org.apache.flink.runtime.state.CheckpointStorageLocation;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;

/** Flink's checkpoint files, with a crash point before the coordinator writes {@code _metadata}. */
public final class CrashingStorageFactory
    implements CheckpointStorageFactory<FileSystemCheckpointStorage> {

  /** J1: all tasks have acknowledged, {@code _metadata} is not written. */
  static final String BEFORE_METADATA = "flink-before-metadata";

  private static final int INLINE_STATE_BYTES = 20 * 1024;
  private static final int BUFFER_BYTES = 4 * 1024;

  @Override
  public FileSystemCheckpointStorage createFromConfig(
      ReadableConfig configuration, ClassLoader classLoader) {
    return new CrashingStorage(configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY));
  }

  private static final class CrashingStorage extends FileSystemCheckpointStorage {
    private static final long serialVersionUID = 1L;

    CrashingStorage(String directory) {
      super(directory);
    }

    /**
     * Flink configures what it got from a factory once more; the copy would have no crash point.
     */
    @Override
    public FileSystemCheckpointStorage configure(
        ReadableConfig configuration, ClassLoader classLoader) {
      return this;
    }

    @Override
    public CheckpointStorageAccess createCheckpointStorage(JobID jobId) throws IOException {
      return new FsCheckpointStorageAccess(
          new Path(getCheckpointPath().toUri()), null, jobId, INLINE_STATE_BYTES, BUFFER_BYTES) {
        @Override
        public CheckpointStorageLocation initializeLocationForCheckpoint(long checkpointId)
            throws IOException {
          return new CrashingLocation(super.initializeLocationForCheckpoint(checkpointId));
        }
      };
    }
  }

  private record CrashingLocation(CheckpointStorageLocation location)
      implements CheckpointStorageLocation {

    @Override
    public CheckpointMetadataOutputStream createMetadataOutputStream() throws IOException {
      CrashPoints.reach(BEFORE_METADATA);
      return location.createMetadataOutputStream();
    }

    @Override
    public void disposeOnFailure() throws IOException {
      location.disposeOnFailure();
    }

    @Override
    public CheckpointStorageLocationReference getLocationReference() {
      return location.getLocationReference();
    }

    @Override
    public CheckpointStateOutputStream createCheckpointStateOutputStream(
        CheckpointedStateScope scope) throws IOException {
      return location.createCheckpointStateOutputStream(scope);
    }

    @Override
    public boolean canFastDuplicate(StreamStateHandle handle, CheckpointedStateScope scope)
        throws IOException {
      return location.canFastDuplicate(handle, scope);
    }

    @Override
    public List<StreamStateHandle> duplicate(
        List<StreamStateHandle> handles, CheckpointedStateScope scope) throws IOException {
      return location.duplicate(handles, scope);
    }
  }
}
