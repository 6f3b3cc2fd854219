package io.onceflow.testbed.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.chaos.fault.FaultKind;
import io.onceflow.testbed.chaos.fault.Terrain.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CampaignPlanTest {
  @TempDir Path directory;

  @Test
  void aReplayNamesEverythingThatTheSchedulesDependOn() {
    var plan =
        new CampaignPlan(
            List.of("postgres-staged"),
            7,
            0,
            20,
            10,
            EnumSet.of(FaultKind.KILL_STORE, FaultKind.LOST_REPLY),
            Pace.SHORT,
            Duration.ofSeconds(30),
            "commit-twice",
            false,
            directory);

    assertThat(plan.replay("postgres-staged", 10, 10))
        .isEqualTo(
            "make chaos STORE=postgres STRATEGY=staged SEED=7 SCHEDULES=10 ARGS='--first 10 --block 10"
                + " --faults kill-store,lost-reply --bug commit-twice --pace short --patience 30'");
  }

  @Test
  void anOldSavepointOfAStormIsNotTheOneOfAStop() throws IOException {
    var savepoint = Files.createDirectories(directory.resolve("savepoint-0123ab-1"));
    Files.writeString(savepoint.resolve("_metadata"), "whole");
    var job = "0123ab00000000000000000000000000";

    assertThat(RetainedFiles.newestSavepoint(directory, job, Instant.now().minusSeconds(60)))
        .contains(savepoint);
    assertThat(RetainedFiles.newestSavepoint(directory, job, Instant.now().plusSeconds(60)))
        .isEmpty();
  }
}
