package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.RetryPolicy;
import io.onceflow.common.commit.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockedSectionTest {

  private static final Duration TTL = Duration.ofSeconds(30);
  private static final RetryPolicy BRIEFLY =
      new RetryPolicy(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(20));

  private final MemoryLeases leases = new MemoryLeases();
  private final LockedSection section =
      LockedSection.of(new Connected(leases), "job/0", TTL, BRIEFLY);

  /** A protected store in one variable. */
  private static final class Account {
    private long highestToken;
    private String highestOwner = "";
    private final List<String> writes = new ArrayList<>();

    void write(Lease lease, String value) throws FencedException {
      if (lease.token() < highestToken
          || lease.token() == highestToken && !lease.owner().equals(highestOwner)) {
        throw new FencedException(lease, highestToken, null);
      }
      highestToken = lease.token();
      highestOwner = lease.owner();
      writes.add(value);
    }
  }

  private record Connected(Leases leases) implements LeaseStore {
    private static final long serialVersionUID = 1L;

    @Override
    public String description() {
      return "leases in memory";
    }

    @Override
    public Leases connect() {
      return leases;
    }
  }

  private final Account account = new Account();

  private Lease write(Lease lease) throws FencedException {
    account.write(lease, "written");
    return lease;
  }

  @Test
  void aSectionHasTheKeyAndGivesItBack() throws Exception {
    var lease =
        section.run(
            "a",
            held -> {
              assertThat(leases.holder("a")).map(LeaseHolder::owner).contains(held.owner());
              return write(held);
            });
    assertThat(lease.owner()).startsWith("job/0/");
    assertThat(leases.holder("a")).isEmpty();
    assertThat(section.run("a", this::write).token()).isGreaterThan(lease.token());
  }

  @Test
  void aSectionThatFailsGivesTheKeyBack() throws StoreException {
    assertThatThrownBy(
            () ->
                section.run(
                    "a",
                    lease -> {
                      throw new IllegalStateException("mine");
                    }))
        .hasMessage("mine");
    assertThat(leases.holder("a")).isEmpty();
  }

  @Test
  void aKeyThatSomebodyElseHoldsIsWaitedForAndThenRefused() throws Exception {
    leases.takeOver(LeaseRequest.of("a", "other", TTL));
    assertThatThrownBy(() -> section.run("a", this::write))
        .isInstanceOf(LeaseLostException.class)
        .hasMessage("Key 'a' was held by other (token 1) for PT0.02S: nothing was done.");
    assertThat(account.writes).isEmpty();
  }

  @Test
  void tokensThatWereForgottenAreLeftBehind() throws Exception {
    account.write(Lease.of(LeaseRequest.of("a", "other", TTL), 41, 0), "before");
    var lease = section.run("a", this::write);
    assertThat(lease.token()).isEqualTo(42);
    assertThat(account.writes).containsExactly("before", "written");
  }

  @Test
  void theSameTokenOfAnotherOwnerIsLeftBehindToo() throws Exception {
    account.write(Lease.of(LeaseRequest.of("a", "other", TTL), 1, 0), "before");
    assertThat(section.run("a", this::write).token()).isEqualTo(2);
  }

  @Test
  void aSectionWhoseKeyWasTakenOverIsNotRunAgain() {
    assertThatThrownBy(
            () ->
                section.run(
                    "a",
                    lease -> {
                      account.write(
                          leases.takeOver(LeaseRequest.of("a", "newer", TTL)), "the newer one");
                      return write(lease);
                    }))
        .isInstanceOf(FencedException.class);
    assertThat(account.writes).containsExactly("the newer one");
    assertThat(leases).as("the newer one still holds it").matches(this::isHeldByTheNewerOne);
  }

  private boolean isHeldByTheNewerOne(MemoryLeases here) {
    try {
      return here.holder("a").orElseThrow().owner().equals("newer");
    } catch (StoreException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRefusalIsTheErrorEvenIfTheLeaseStoreCannotBeAsked() {
    assertThatThrownBy(
            () ->
                section.run(
                    "a",
                    lease -> {
                      leases.fail(true);
                      throw new FencedException(lease, 9, null);
                    }))
        .isInstanceOf(FencedException.class)
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
  }

  @Test
  void aResultIsNotLostBecauseTheLeaseCannotBeGivenBack() throws Exception {
    var token =
        section.run(
            "a",
            lease -> {
              write(lease);
              leases.fail(true);
              return lease.token();
            });
    assertThat(token).isEqualTo(1);
  }

  @Test
  void aLeaseStoreThatDoesNotAnswerRunsNothing() {
    leases.fail(true);
    assertThatThrownBy(() -> section.run("a", this::write)).isInstanceOf(StoreException.class);
    assertThat(account.writes).isEmpty();
  }
}
