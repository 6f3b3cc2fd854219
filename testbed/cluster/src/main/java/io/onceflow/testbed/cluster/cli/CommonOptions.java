package io.onceflow.testbed.cluster.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options all commands share. */
final class CommonOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--data-dir",
      description = "Where the cluster keeps everything. Default: target/cluster.")
  private Path path;

  Path path() {
    return (path == null ? Repository.find().dataDirectory() : path).toAbsolutePath().normalize();
  }
}
