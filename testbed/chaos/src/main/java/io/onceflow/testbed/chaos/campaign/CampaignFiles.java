package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.report.ReportFiles;
import java.nio.file.Path;

/**
 * Where a campaign keeps what.
 *
 * @param root absolute
 */
record CampaignFiles(Path root) {

  CampaignFiles {
    root = root.toAbsolutePath().normalize();
  }

  Path cluster() {
    return root.resolve("cluster");
  }

  Path clusterLogs() {
    return cluster().resolve("log");
  }

  Path servers() {
    return root.resolve("servers");
  }

  Path control() {
    return root.resolve("control");
  }

  Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** Where the sinks put their segments, below the checkpoints. */
  Path segments() {
    return checkpoints().resolve("onceflow-segments");
  }

  Path savepoints() {
    return root.resolve("savepoints");
  }

  Path highAvailability() {
    return root.resolve("ha");
  }

  Path history(String subject) {
    return root.resolve(subject).resolve(ReportFiles.HISTORY);
  }
}
