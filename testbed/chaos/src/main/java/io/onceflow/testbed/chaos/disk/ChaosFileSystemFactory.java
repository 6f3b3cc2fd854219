package io.onceflow.testbed.chaos.disk;

import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/**
 * Makes {@code chaos:///absolute/path} the local file of that path, on a disk that obeys the {@link
 * ControlDirectory} of this process. Found by the service loader; without a control directory it is
 * the local file system.
 */
public final class ChaosFileSystemFactory implements FileSystemFactory {

  /** What paths begin with. */
  public static final String SCHEME = "chaos";

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem create(URI uri) {
    return ControlDirectory.ofThisProcess()
        .<FileSystem>map(
            control ->
                new ChaosFileSystem(new Disk(control), new CoordinatorPoints(control)::reach))
        .orElseGet(() -> new ChaosFileSystem(null, point -> {}));
  }
}
