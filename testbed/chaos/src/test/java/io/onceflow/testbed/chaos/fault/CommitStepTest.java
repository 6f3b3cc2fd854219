package io.onceflow.testbed.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommitStepTest {

  @Test
  void commitPreparedIsNoCommit() {
    var commit = CommitStep.statement("COMMIT");

    assertThat(commit.isBy("commit")).isTrue();
    assertThat(commit.isBy(" COMMIT; ")).isTrue();
    assertThat(commit.isBy("COMMIT PREPARED 'a'")).isFalse();
  }

  @Test
  void aStepOfTwoWordsHasAnIdentifierAfterIt() {
    assertThat(CommitStep.statement("COMMIT PREPARED").isBy("COMMIT PREPARED 'a'")).isTrue();
    assertThat(CommitStep.statement("XA END").isBy("XA END 0x61,0x62,1")).isTrue();
    assertThat(CommitStep.statement("XA END").isBy("XA ENDING")).isFalse();
  }
}
