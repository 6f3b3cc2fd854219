package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

class LossRefusingCommitterTest {

  private final List<String> committed = new ArrayList<>();

  /** Commits all but what is called lost, which it signals as Kafka's committer does. */
  private final class FakeCommitter implements Committer<String> {
    @Override
    public void commit(Collection<CommitRequest<String>> requests) {
      for (CommitRequest<String> request : requests) {
        switch (request.getCommittable()) {
          case "lost", "committed before" ->
              request.signalFailedWithKnownReason(new IOException("fenced"));
          case "later" -> request.retryLater();
          default -> committed.add(request.getCommittable());
        }
      }
    }

    @Override
    public void close() {
      committed.add("closed");
    }
  }

  private static final class FakeRequest implements Committer.CommitRequest<String> {
    private final String committable;
    private final List<String> signals = new ArrayList<>();

    FakeRequest(String committable) {
      this.committable = committable;
    }

    @Override
    public String getCommittable() {
      return committable;
    }

    @Override
    public int getNumberOfRetries() {
      return 0;
    }

    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      signals.add("dropped");
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      signals.add("failed");
    }

    @Override
    public void retryLater() {
      signals.add("retry");
    }

    @Override
    public void updateAndRetryLater(String updated) {
      signals.add("update");
    }

    @Override
    public void signalAlreadyCommitted() {
      signals.add("already");
    }
  }

  private final LossRefusingCommitter<String> committer =
      new LossRefusingCommitter<>(new FakeCommitter(), Function.identity(), new FakeOutcomes());

  /** Knows of one transaction that an earlier attempt committed. */
  private final class FakeOutcomes implements LossRefusingCommitter.Outcomes {
    @Override
    public boolean wasCommitted(String transactionalId) {
      return transactionalId.equals("committed before");
    }

    @Override
    public void close() {
      committed.add("outcomes closed");
    }
  }

  @Test
  void aTransactionThatAnEarlierAttemptCommittedIsDone() throws Exception {
    FakeRequest before = new FakeRequest("committed before");
    committer.commit(List.of(before, new FakeRequest("a")));
    assertThat(before.signals).containsExactly("already");
    assertThat(committed).containsExactly("a");
  }

  @Test
  void aLostTransactionFailsTheJobAfterTheOthersAreCommitted() {
    FakeRequest lost = new FakeRequest("lost");
    assertThatThrownBy(
            () -> committer.commit(List.of(new FakeRequest("a"), lost, new FakeRequest("b"))))
        .isInstanceOf(SuppressRestartsException.class)
        .hasStackTraceContaining("Kafka gave up the transaction lost")
        .hasStackTraceContaining("on-lost-transaction: accept-loss")
        .hasRootCauseMessage("fenced");
    assertThat(committed).containsExactly("a", "b");
    assertThat(lost.signals).isEmpty();
  }

  @Test
  void everythingElsePassesThrough() throws Exception {
    FakeRequest later = new FakeRequest("later");
    assertThatCode(() -> committer.commit(List.of(later, new FakeRequest("a"))))
        .doesNotThrowAnyException();
    assertThat(later.signals).containsExactly("retry");
    committer.close();
    assertThat(committed).containsExactly("a", "closed", "outcomes closed");
  }
}
