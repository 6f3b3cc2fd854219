package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CloseRequest;
import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.testbed.servers.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The register on a real server: what is recorded, what is refused, who wins. */
@Timeout(120)
class PostgresRegisterIT {

  private static final SinkId ORDERS = new SinkId("orders");
  private static final SinkId AUDIT = new SinkId("audit");

  private final OnceflowDatabase database = OnceflowDatabase.create("SELECT 1");
  private final PostgresDecisionRegisters registers =
      PostgresDecisionRegisters.at(database.config());

  @BeforeEach
  void createTables() throws IOException {
    var ddl = Files.readString(Path.of("../flink-conf/sql/register.sql"));
    database.sql(ddl);
    database.sql(ddl);
    database.grant("register-roles.sql");
  }

  @Test
  void votesAndDecisionsAreRecordedOnceHoweverOftenTheyAreMade() throws Exception {
    try (var register = opened(ORDERS, "run-1", 0);
        var resolver = registers.connectResolver()) {
      for (var i = 0; i < 2; i++) {
        register.vote(epoch(ORDERS, 1, "a", "b"));
        assertThat(resolver.votes("p")).hasSize(3);
      }
      assertThat(resolver.votes("p").get(0).decision()).isNull();
      for (var i = 0; i < 2; i++) {
        register.decideCommit(epoch(ORDERS, 1, "a", "b"));
      }
      assertThat(resolver.decisions("p"))
          .isEqualTo(
              Map.of("a", Decision.COMMIT, "b", Decision.COMMIT, "epoch-1-ab", Decision.COMMIT));
      var status = resolver.status("p").orElseThrow();
      assertThat(status.lastDecidedCheckpointId()).isEqualTo(1);
      assertThat(status.restorePath()).isEqualTo("/chk-1");
      assertThat(status.ownerRuns()).isEqualTo(Map.of("orders", "run-1"));
      assertThat(resolver.pipelines()).containsExactly("p");
      assertThat(resolver.votes("p").get(0).decision()).isEqualTo(Decision.COMMIT);
    }
  }

  @Test
  void whatIsGivenUpStaysSoAndWhatIsCommittedIsLeftAlone() throws Exception {
    try (var register = opened(ORDERS, "run-1", 0)) {
      register.vote(epoch(ORDERS, 1, "a"));
      register.decideCommit(epoch(ORDERS, 1, "a"));
      register.vote(epoch(ORDERS, 2, "b"));
      assertThat(register.decideAbort(List.of("a", "b", "never-reported")))
          .containsExactlyInAnyOrder("b", "never-reported");
      assertFenced(() -> register.decideCommit(epoch(ORDERS, 2, "b")), "ABORT is recorded");
    }
  }

  @Test
  void aNewSubmissionClosesAllSinksOfTheOldOneAndGivesUpWhatTheyReportedLater() throws Exception {
    try (var oldOrders = opened(ORDERS, "orders-1", 0);
        var oldAudit = opened(AUDIT, "audit-1", 0)) {
      oldOrders.vote(epoch(ORDERS, 1, "o1"));
      oldAudit.vote(epoch(AUDIT, 1, "a1"));
      oldOrders.decideCommit(epoch(ORDERS, 1, "o1"));
      oldAudit.vote(epoch(AUDIT, 2, "a2"));
      try (var audit = opened(AUDIT, "audit-2", 1);
          var orders = opened(ORDERS, "orders-2", 1)) {
        assertFenced(() -> oldOrders.decideCommit(epoch(ORDERS, 2, "o2")), "taken over");
        assertFenced(() -> oldAudit.vote(epoch(AUDIT, 2, "a3")), "taken over");
        assertFenced(() -> opened(ORDERS, "orders-1", 1), "never comes back");
        audit.decideCommit(epoch(AUDIT, 1, "a1"));
        orders.decideCommit(epoch(ORDERS, 1, "o1"));
        assertFenced(() -> audit.decideCommit(epoch(AUDIT, 2, "a2")), "ABORT is recorded");
      }
    }
  }

  @Test
  void anOlderAttemptOfTheSameRunReportsNothingMore() throws Exception {
    try (var replaced = opened(ORDERS, "run-1", 0);
        var current = registers.connect("p", ORDERS, "run-1")) {
      current.open(new RegisterClaim("p", ORDERS, "run-1", "newer", 0, OnRewind.FAIL));
      assertThatThrownBy(() -> replaced.vote(epoch(ORDERS, 1, "a")))
          .hasMessageContaining("a newer attempt of sink 'orders' has started");
      current.vote(epoch(ORDERS, 1, "b"));
      try (var committer = registers.connect("p", ORDERS, "run-1")) {
        committer.decideCommit(epoch(ORDERS, 1, "b"));
      }
    }
  }

  /** The older one was told late of the savepoint that it stopped with, the newer one never. */
  @Test
  void ofTwoAttemptsThatWentOnFromTheSameCheckpointOneIsCommitted() throws Exception {
    try (var toldLate = opened(ORDERS, "run-1", 0);
        var newer = registers.connect("p", ORDERS, "run-1")) {
      toldLate.vote(epoch(ORDERS, 1, "a"));
      newer.open(new RegisterClaim("p", ORDERS, "run-1", "newer", 0, OnRewind.FAIL));
      newer.vote(epochAfter(0, ORDERS, 2, "b"));
      newer.decideCommit(epochAfter(0, ORDERS, 2, "b"));
      assertFenced(() -> toldLate.decideCommit(epoch(ORDERS, 1, "a")), "made after checkpoint 0");
      newer.decideCommit(epochAfter(0, ORDERS, 2, "b"));
      newer.decideCommit(epochAfter(2, ORDERS, 3, "c"));
    }
    try (var next = registers.connect("p", ORDERS, "run-2")) {
      next.open(new RegisterClaim("p", ORDERS, "run-2", "next", 2, OnRewind.ACCEPT_DUPLICATES));
      next.decideCommit(epochAfter(2, ORDERS, 4, "d"));
      assertFenced(
          () -> next.decideCommit(epochAfter(3, ORDERS, 5, "e")), "made after checkpoint 3");
    }
  }

  @Test
  void aClosedPipelineRefusesTheOldRunForGoodAndReopensOnlyAtTheCut() throws Exception {
    try (var job = opened(ORDERS, "run-1", 0);
        var resolver = registers.connectResolver()) {
      job.vote(epoch(ORDERS, 1, "a"));
      job.vote(epoch(ORDERS, 2, "b"));
      var request = new CloseRequest("p", 1, "/cut", Set.of("a", "epoch-1-a"), Set.of("stray"));
      resolver.close(request);
      resolver.close(request);
      assertThat(resolver.decisions("p"))
          .isEqualTo(
              Map.of(
                  "a", Decision.COMMIT,
                  "epoch-1-a", Decision.COMMIT,
                  "b", Decision.ABORT,
                  "epoch-2-b", Decision.ABORT,
                  "stray", Decision.ABORT));
      assertThat(resolver.abort("p", List.of("zombie", "a"))).containsExactly("zombie");

      assertFenced(() -> job.decideCommit(epoch(ORDERS, 1, "a")), "was closed at checkpoint 1");
      assertFenced(() -> opened(ORDERS, "run-1", 1), "never comes back");
      assertFenced(() -> opened(ORDERS, "run-2", 0), "/cut");
      assertFenced(() -> opened(ORDERS, "run-2", 2), "was closed at checkpoint 1");
      try (var next = opened(ORDERS, "run-2", 1)) {
        next.decideCommit(epoch(ORDERS, 1, "a"));
        assertFenced(() -> opened(ORDERS, "run-1", 1), "never comes back");
        assertFenced(() -> resolver.abort("p", List.of("other")), "is not closed");
      }
    }
  }

  @Test
  void aResolverThatIsBehindTheJobChangesNothing() throws Exception {
    try (var job = opened(ORDERS, "run-1", 0);
        var resolver = registers.connectResolver()) {
      job.vote(epoch(ORDERS, 1, "a"));
      assertFenced(() -> resolver.close(closing(1)), "says nothing about [a, epoch-1-a]");
      job.decideCommit(epoch(ORDERS, 1, "a"));
      assertFenced(() -> resolver.close(closing(0)), "COMMIT is recorded up to checkpoint 1");
      assertFenced(
          () -> resolver.close(new CloseRequest("p", 1, "", Set.of(), Set.of("a"))), "opposite");
      assertFenced(
          () -> resolver.close(new CloseRequest("q", 1, "", Set.of(), Set.of())), "no job");
      assertThat(resolver.status("p").orElseThrow().closed()).isFalse();
      job.vote(epoch(ORDERS, 2, "b"));
    }
  }

  /**
   * Both wait for the pipeline's row; whoever gets it first wins, and the loser changes nothing.
   */
  @RepeatedTest(4)
  void aDecisionAndAClosingRaceAndOneWins() throws Exception {
    var threads = Executors.newFixedThreadPool(2);
    try (var job = opened(ORDERS, "run-1", 0);
        var resolver = registers.connectResolver();
        var holder = database.database().connect()) {
      job.vote(epoch(ORDERS, 1, "a"));
      holder.setAutoCommit(false);
      holder.createStatement().execute("SELECT 1 FROM onceflow.register_pipeline FOR UPDATE");
      var start = new CountDownLatch(1);
      var decided = threads.submit(() -> outcome(start, () -> decide(job)));
      var closed = threads.submit(() -> outcome(start, () -> giveUp(resolver)));
      start.countDown();
      Awaitility.await()
          .until(
              () ->
                  database
                      .superuserColumn(
                          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                      .equals(List.of("2")));
      holder.rollback();
      var verdict = resolverDecision(decided.get(), closed.get());
      assertThat(resolver.decisions("p")).isEqualTo(Map.of("a", verdict, "epoch-1-a", verdict));
      assertThat(resolver.status("p").orElseThrow().closed()).isEqualTo(verdict == Decision.ABORT);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Object decide(DecisionRegister job) throws StoreException {
    job.decideCommit(epoch(ORDERS, 1, "a"));
    return null;
  }

  private static Object giveUp(ResolverRegister resolver) throws StoreException {
    resolver.close(closing(0));
    return null;
  }

  private static boolean outcome(CountDownLatch start, Callable<?> call) throws Exception {
    start.await();
    try {
      call.call();
      return true;
    } catch (StoreException e) {
      assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED);
      return false;
    }
  }

  private static Decision resolverDecision(boolean decided, boolean closed)
      throws ExecutionException {
    assertThat(decided).describedAs("exactly one of them wins").isNotEqualTo(closed);
    return decided ? Decision.COMMIT : Decision.ABORT;
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMMIT", "INSERT INTO onceflow.register_decision"})
  void aDecisionWhoseAnswerIsLostIsMadeAgain(String statement) throws Exception {
    try (var proxy = TcpProxy.to(database.database().server());
        var job =
            PostgresDecisionRegisters.at(database.configThrough(proxy.port()))
                .connect("p", ORDERS, "run-1")) {
      open(job, ORDERS, "run-1", 0);
      job.vote(epoch(ORDERS, 1, "a"));
      var lost = proxy.loseReplyTo(statement);
      assertThatThrownBy(() -> job.decideCommit(epoch(ORDERS, 1, "a")))
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.retryable()).isTrue());
      lost.awaitFired(Duration.ofSeconds(30));
      job.decideCommit(epoch(ORDERS, 1, "a"));
      job.vote(epoch(ORDERS, 2, "b"));
    }
    assertThat(database.column("SELECT verdict FROM onceflow.register_decision"))
        .containsExactly("COMMIT", "COMMIT");
  }

  @Test
  void whatIsFinishedLongAgoIsForgotten() throws Exception {
    try (var orders = opened(ORDERS, "orders-1", 0);
        var audit = opened(AUDIT, "audit-1", 0)) {
      var previous = 0L;
      for (var checkpoint : LongStream.of(1, 500, 1_599, 1_600).toArray()) {
        orders.vote(epochAfter(previous, ORDERS, checkpoint, "o" + checkpoint));
        audit.vote(epochAfter(previous, AUDIT, checkpoint, "a" + checkpoint));
        orders.decideCommit(epochAfter(previous, ORDERS, checkpoint, "o" + checkpoint));
        previous = checkpoint;
      }
      assertThat(database.number("SELECT count(*) FROM onceflow.register_decision"))
          .describedAs("the other sink has finished nothing")
          .isEqualTo(8);
      audit.decideCommit(epochAfter(0, AUDIT, 1, "a1"));
      audit.decideCommit(epochAfter(1, AUDIT, 500, "a500"));
      audit.decideCommit(epochAfter(500, AUDIT, 1_599, "a1599"));
      audit.decideCommit(epochAfter(1_599, AUDIT, 1_600, "a1600"));
      assertThat(
              database.column(
                  "SELECT DISTINCT checkpoint_id::text FROM onceflow.register_decision ORDER BY 1"))
          .containsExactly("1599", "1600");
      assertThat(database.number("SELECT count(*) FROM onceflow.register_vote")).isEqualTo(8);
    }
  }

  @Test
  void aRoleWithTheGrantsOfTheScriptCanDoItAllAndNobodyCanRewriteADecision() throws Exception {
    try (var job = opened(ORDERS, "run-1", 0);
        var resolver = registers.connectResolver()) {
      job.vote(epoch(ORDERS, 100, "a"));
      job.decideCommit(epoch(ORDERS, 100, "a"));
      resolver.close(closing(100));
    }
    assertThatThrownBy(
            () -> database.sqlAsJob("UPDATE onceflow.register_decision SET verdict = 'ABORT'"))
        .rootCause()
        .hasMessageContaining("permission denied");
  }

  @Test
  void missingTablesAndColumnsAreNamedWithTheScriptThatCreatesThem() {
    database.sql(
        "ALTER TABLE onceflow.register_participant DROP COLUMN last_decided_checkpoint_id");
    assertThatThrownBy(() -> opened(ORDERS, "run-1", 0))
        .hasMessageContaining("flink-conf/sql/register.sql");
    database.sql("DROP SCHEMA onceflow CASCADE");
    assertThatThrownBy(() -> opened(ORDERS, "run-1", 0))
        .hasMessageContaining("flink-conf/sql/register.sql");
  }

  private DecisionRegister opened(SinkId sinkId, String runId, long restored)
      throws StoreException {
    var register = registers.connect("p", sinkId, runId);
    open(register, sinkId, runId, restored);
    return register;
  }

  private static void open(DecisionRegister register, SinkId sinkId, String runId, long restored)
      throws StoreException {
    register.open(
        new RegisterClaim("p", sinkId, runId, "gatherer-" + runId, restored, OnRewind.FAIL));
  }

  private static CloseRequest closing(long cut) {
    return new CloseRequest("p", cut, "/chk-" + cut, Set.of(), Set.of());
  }

  private static void assertFenced(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
        .hasMessageContaining(message);
  }

  private static Epoch epoch(SinkId sinkId, long checkpointId, String... transactions) {
    return epochAfter(checkpointId - 1, sinkId, checkpointId, transactions);
  }

  private static Epoch epochAfter(
      long previous, SinkId sinkId, long checkpointId, String... transactions) {
    return new Epoch(
        sinkId,
        "l1",
        checkpointId,
        previous,
        CommitScope.SINK,
        0,
        epochId(checkpointId, transactions),
        0,
        0,
        "/chk-" + checkpointId,
        List.of(),
        Stream.of(transactions).map(id -> new PreparedTransaction(id, 10, 100, 7, 0)).toList(),
        List.of());
  }

  /** A name of its own for each, as gatherers give. */
  private static String epochId(long checkpointId, String... transactions) {
    return "epoch-%d-%s".formatted(checkpointId, String.join("", transactions));
  }
}
