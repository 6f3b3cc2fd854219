package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.Settings;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import org.junit.jupiter.api.Test;

class CommitConfigTest {

  private static final String REGISTER =
      "{host: 127.0.0.1, database: register, user: u, password: '${P}', ssl-mode: disable}";

  private static CommitConfig read(String yaml) {
    return ConfigReader.read(
        "the test", Settings.parse("job.yaml", yaml, n -> null), CommitConfig::read);
  }

  @Test
  void withTwoPhasesNoRegisterIsRead() {
    var config = read("{id: orders}");
    assertThat(config.protocol()).isEqualTo(CommitProtocol.TWO_PHASE);
    assertThat(config.register()).isNull();
    assertThat(config.pipeline()).isEqualTo("orders");
    assertThatThrownBy(() -> read("{id: orders, register: %s}".formatted(REGISTER)))
        .hasMessageContaining("register.host");
  }

  @Test
  void withThreePhasesTheRegisterIsRequired() {
    var config =
        read(
            "{id: orders, protocol: three-phase, pipeline: shop, register: %s}"
                .formatted(REGISTER));
    assertThat(config.register().database()).isEqualTo("register");
    assertThat(config.pipeline()).isEqualTo("shop");
    assertThatThrownBy(() -> read("{id: orders, protocol: three-phase}"))
        .hasMessageContaining("register.host: is required");
  }

  @Test
  void aProtocolThatTheJobDoesNotCarryOutIsRefused() {
    var yaml = "{id: orders, protocol: three-phase, strategy: prepared, register: %s}";
    var config = read(yaml.formatted(REGISTER));
    assertThatThrownBy(() -> sink(config).configured(config).build())
        .hasMessageContaining("needs a decision register");
    sink(config).configured(config, PostgresDecisionRegisters::at).build();
    var staged = read(yaml.formatted(REGISTER).replace("prepared", "staged"));
    assertThatThrownBy(() -> sink(staged).configured(staged, PostgresDecisionRegisters::at).build())
        .hasMessageContaining("use strategy PREPARED");
  }

  private static TwoPhaseCommitSink.Builder<Long> sink(CommitConfig config) {
    var store =
        PostgresStore.<Long>at(config.register())
            .table(Long.class, PostgresTable.<Long>named("t").bigint("id", id -> id));
    return TwoPhaseCommitSink.of(store).segmentDirectory("file:///tmp/segments");
  }
}
