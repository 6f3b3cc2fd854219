package io.onceflow.testbed.chaos.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BugTest {

  @Test
  void aBugFitsTheStrategyWhoseCodeItIsPlantedIn() {
    assertThat(Bug.NONE.fits("kafka-peer")).isTrue();
    assertThat(Bug.DROP_SEGMENT.fits("postgres-staged")).isTrue();
    assertThat(Bug.DROP_SEGMENT.fits("postgres-prepared")).isFalse();
    assertThat(Bug.COMMIT_AT_SNAPSHOT.fits("postgres-three-phase")).isTrue();
    assertThat(Bug.COMMIT_AT_SNAPSHOT.fits("postgres-staged")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mariadb-staged", "mariadb-prepared", "kafka-staged", "postgres-peer"})
  void noBugFitsASubjectWithoutADefectiveStore(String subject) {
    assertThat(Arrays.stream(Bug.values()).filter(bug -> bug.fits(subject)))
        .containsExactly(Bug.NONE);
  }

  @Test
  void aJobWithABugThatDoesNotFitIsRefused() {
    var settings =
        new ChaosSettings(
            "kafka-staged", "", "", "", "", "chaos-1", Bug.DROP_SEGMENT, /* arguments= */ null);
    assertThatThrownBy(() -> ChaosSinks.of(settings, new Configuration()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DROP_SEGMENT cannot be planted in kafka-staged");
  }
}
