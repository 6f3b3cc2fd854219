package io.onceflow.tool;

import static io.onceflow.tool.TestEpochs.epoch;
import static io.onceflow.tool.TestEpochs.id;
import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resolver and a job that holds the sink's lease. */
class ResolveLeaseIT {

  @TempDir Path directory;
  private ToolDatabase database;
  private Path checkpoint;

  /** Nothing but the lease says that the job is alive. */
  @BeforeEach
  void create() throws Exception {
    database = ToolDatabase.create(directory);
    database.script("locks.sql", "locks-roles.sql");
    database.sql("CREATE TABLE payments (id bigint PRIMARY KEY)");
    database.sink(7);
    database.marker(7, 1, 3_600);
    database.prepareWithMarker(id(8), "INSERT INTO payments VALUES (8)");
    checkpoint = CheckpointFile.write(directory, 8, epoch(8, 7, 8));
  }

  @AfterEach
  void rollBackWhatIsPrepared() {
    CrashPoints.disarmAll();
    prepared().forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
  }

  private List<String> prepared() {
    return database.column(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid");
  }

  private List<String> payments() {
    return database.column("SELECT id FROM payments ORDER BY id");
  }

  private List<String> lease() {
    return database.column("SELECT token || ' ' || coalesce(owner, 'free') FROM onceflow.lease");
  }

  private void lease(String owner, String remaining) {
    database.sql(
        "INSERT INTO onceflow.lease VALUES ('sink/%s', 5, '%s', now() + interval '%s')"
            .formatted(SINK, owner, remaining));
  }

  private ToolResult resolve(String... more) {
    var arguments = new ArrayList<>(List.of("resolve", "--checkpoint", checkpoint.toString()));
    arguments.addAll(List.of(more));
    return ToolResult.run(database, arguments.toArray(String[]::new));
  }

  @Test
  void aJobThatRenewsItsLeaseIsAliveThoughItCommitsNothing() {
    lease(RUN, "5 minutes");
    var refused = resolve("--execute");
    assertThat(refused.exit()).isEqualTo(4);
    assertThat(refused.out())
        .contains("ALIVE    Run %s holds the sink's lease for another".formatted(RUN), "REFUSED");
    assertThat(prepared()).containsExactly(id(8));
    assertThat(lease()).containsExactly("5 " + RUN);
  }

  @Test
  void whoDoesNotBelieveItTakesTheLeaseOverAndGivesItBack() {
    lease(RUN, "5 minutes");
    var forced = resolve("--execute", "--even-if-alive");
    assertThat(forced.exit()).as(forced.out() + forced.err()).isZero();
    assertThat(payments()).containsExactly("8");
    assertThat(lease()).containsExactly("6 free");
  }

  @Test
  void whileItSettlesAJobThatAsksForTheLeaseIsKeptOut() {
    var during = new ArrayList<String>();
    CrashPoints.arm(Resolver.AFTER_DECIDE, () -> during.addAll(lease()));
    assertThat(resolve("--execute").exit()).isZero();
    assertThat(during).hasSize(1);
    assertThat(during.get(0)).startsWith("1 resolver-");
    assertThat(lease()).containsExactly("1 free");
  }

  @Test
  void aLeaseThatHasRunOutAndThatOfAResolverAreNoSignsOfLife() {
    lease(RUN, "-1 seconds");
    assertThat(resolve().exit()).isZero();
    database.sql("DELETE FROM onceflow.lease");
    lease("resolver-killed", "5 minutes");
    assertThat(resolve("--execute").exit()).isZero();
    assertThat(payments()).containsExactly("8");
  }

  @Test
  void aDatabaseWithoutLeasesIsSettledAsBefore() {
    database.sql("DROP TABLE onceflow.lease");
    assertThat(resolve("--execute").exit()).isZero();
    assertThat(payments()).containsExactly("8");
  }
}
