package io.onceflow.testbed.chaos.disk;

import io.onceflow.testbed.chaos.disk.DiskTrouble.Operation;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/** The local file system, each access of which may go wrong. Thread-safe. */
final class ChaosFileSystem extends FileSystem {
  private final FileSystem local = LocalFileSystem.getSharedInstance();
  private final Disk disk;
  private final Consumer<String> points;

  /**
   * @param disk what to suffer before each access, or null for a disk that is always well
   * @param points called at each of the {@link CoordinatorPoints}
   */
  ChaosFileSystem(Disk disk, Consumer<String> points) {
    this.disk = disk;
    this.points = points;
  }

  private void access(Operation operation, Path path) throws IOException {
    if (disk != null) {
      disk.access(operation, path.getPath());
    }
  }

  @Override
  public FSDataOutputStream create(Path path, WriteMode overwrite) throws IOException {
    access(Operation.WRITE, path);
    CoordinatorPoints.onCreate(path.getPath()).ifPresent(points);
    return new ChaosOutputStream(
        local.create(path, overwrite),
        () -> access(Operation.WRITE, path),
        () -> CoordinatorPoints.onClosed(path.getPath()).ifPresent(points));
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    access(Operation.READ, path);
    return local.open(path, bufferSize);
  }

  @Override
  public FSDataInputStream open(Path path) throws IOException {
    access(Operation.READ, path);
    return local.open(path);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    access(Operation.WRITE, path);
    CoordinatorPoints.onDelete(path.getPath()).ifPresent(points);
    return local.delete(path, recursive);
  }

  @Override
  public boolean mkdirs(Path path) throws IOException {
    access(Operation.WRITE, path);
    return local.mkdirs(path);
  }

  @Override
  public boolean rename(Path source, Path target) throws IOException {
    access(Operation.WRITE, target);
    return local.rename(source, target);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return new Status(local.getFileStatus(path), named(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    access(Operation.READ, path);
    var found = local.listStatus(path);
    return found == null
        ? null
        : Arrays.stream(found)
            .map(status -> new Status(status, named(status.getPath())))
            .toArray(FileStatus[]::new);
  }

  private static Path named(Path path) {
    return new Path(ChaosFileSystemFactory.SCHEME, null, path.getPath());
  }

  @Override
  public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length)
      throws IOException {
    return local.getFileBlockLocations(file, start, length);
  }

  @Override
  public Path getWorkingDirectory() {
    return named(local.getWorkingDirectory());
  }

  @Override
  public Path getHomeDirectory() {
    return named(local.getHomeDirectory());
  }

  @Override
  public URI getUri() {
    return URI.create(ChaosFileSystemFactory.SCHEME + ":///");
  }

  /** All processes of the cluster are on this machine and see the same files. */
  @Override
  public boolean isDistributedFS() {
    return true;
  }

  private record Status(FileStatus file, Path path) implements FileStatus {
    @Override
    public long getLen() {
      return file.getLen();
    }

    @Override
    public long getBlockSize() {
      return file.getBlockSize();
    }

    @Override
    public short getReplication() {
      return file.getReplication();
    }

    @Override
    public long getModificationTime() {
      return file.getModificationTime();
    }

    @Override
    public long getAccessTime() {
      return file.getAccessTime();
    }

    @Override
    public boolean isDir() {
      return file.isDir();
    }

    @Override
    public Path getPath() {
      return path;
    }
  }
}
