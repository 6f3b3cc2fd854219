package io.onceflow.common.commit;

import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Where the segments of one run of one sink are kept: a directory of the job's durable storage,
 * {@code <root>/<sinkId>/<runId>}. A file's name starts with the nonce of the writer that wrote it.
 *
 * @param root any file system that Flink knows
 * @param sinkId the sink
 * @param runId the run; another run never deletes files here before it has fenced this one
 */
public record SegmentStorage(String root, SinkId sinkId, String runId) implements Serializable {

  /** Creates the file of one part. */
  OpenFile create(String writer, long sequence, int target) throws IOException {
    var path = new Path(directory(runId), "%s-%d-%d".formatted(writer, sequence, target));
    var fileSystem = path.getFileSystem();
    return new OpenFile(
        path,
        fileSystem.create(path, FileSystem.WriteMode.NO_OVERWRITE),
        !fileSystem.isDistributedFS());
  }

  /** Deletes the files of parts that are committed. A file that is gone already is no error. */
  static void delete(List<SegmentPart> parts) throws IOException {
    for (var part : parts) {
      if (part.path() != null) {
        var path = new Path(URI.create(part.path()));
        path.getFileSystem().delete(path, false);
      }
    }
  }

  /** All files of this run. */
  List<Path> list() throws IOException {
    return list(directory(runId));
  }

  private static List<Path> list(Path directory) throws IOException {
    var fileSystem = directory.getFileSystem();
    var paths = new ArrayList<Path>();
    if (fileSystem.exists(directory)) {
      for (var status : fileSystem.listStatus(directory)) {
        paths.add(status.getPath());
      }
    }
    return paths;
  }

  /** The nonce of the writer that wrote a file. */
  static String writerOf(Path file) {
    var name = file.getName();
    return name.substring(0, Math.max(name.indexOf('-'), 0));
  }

  /**
   * Deletes what runs that are fenced for good have left. Directories of runs that are not named
   * stay: they may be another store's.
   */
  void deleteRuns(Set<String> fencedRuns) throws IOException {
    for (var directory : list(new Path(new Path(root), sinkId.value()))) {
      if (fencedRuns.contains(directory.getName())) {
        directory.getFileSystem().delete(directory, true);
      }
    }
  }

  private Path directory(String run) {
    return new Path(new Path(new Path(root), sinkId.value()), run);
  }

  /** A file under way: the stream, and whether it must be forced to the disk by us. */
  record OpenFile(Path path, FSDataOutputStream out, boolean forceToDisk) {

    /** Makes the content durable: an object store does so on close, a local disk when told. */
    void seal() throws IOException {
      out.flush();
      if (forceToDisk) {
        out.sync();
      }
      out.close();
    }
  }
}
