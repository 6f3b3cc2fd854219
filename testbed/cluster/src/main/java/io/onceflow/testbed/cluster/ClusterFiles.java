package io.onceflow.testbed.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of a cluster.
 *
 * <pre>
 * conf/config.yaml      what all processes and clients read, with log4j*.properties
 * log/                  one .log and one .out per process
 * checkpoints/ savepoints/ ha/ zookeeper/
 * tmp/NAME/             working directory of a process
 * </pre>
 *
 * @param directory absolute
 */
record ClusterFiles(Path directory) {

  static ClusterFiles in(Path directory) {
    return new ClusterFiles(directory.toAbsolutePath().normalize());
  }

  Path conf() {
    return directory.resolve("conf");
  }

  Path configYaml() {
    return conf().resolve("config.yaml");
  }

  Path log4j() {
    return conf().resolve("log4j.properties");
  }

  Path logs() {
    return directory.resolve("log");
  }

  Path log(String member) {
    return logs().resolve(member + ".log");
  }

  Path out(String member) {
    return logs().resolve(member + ".out");
  }

  Path temporary(String member) {
    return directory.resolve("tmp").resolve(member);
  }

  Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  Path savepoints() {
    return directory.resolve("savepoints");
  }

  Path highAvailability() {
    return directory.resolve("ha");
  }

  Path zooKeeper() {
    return directory.resolve("zookeeper");
  }

  /**
   * Makes the directory of RocksDB's files, which has a short path: RocksDB names its log after the
   * whole path of a database, and Flink's names in it are long already.
   */
  Path createRocksDb() {
    try {
      return Files.createTempDirectory("rocksdb-").toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "No directory for RocksDB can be made below %s; name another by -Djava.io.tmpdir."
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  void create(List<String> members) {
    try {
      for (Path path : List.of(conf(), logs(), checkpoints(), savepoints(), zooKeeper())) {
        Files.createDirectories(path);
      }
      for (String member : members) {
        Files.createDirectories(temporary(member));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s cannot be written; name another directory.".formatted(directory), e);
    }
  }
}
