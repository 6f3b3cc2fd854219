package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RabbitMqConfigTest {

  private static RabbitMqConfig read(String yaml) {
    return TestYaml.read(yaml, RabbitMqConfig::read);
  }

  @Test
  void aHostAUserAndAPasswordAreEnough() {
    var config = read("host: rabbit.internal\nuser: relay\npassword: ${RABBIT_PASSWORD}");
    assertThat(config.port()).isEqualTo(5672);
    assertThat(config.streamPort()).isEqualTo(5552);
    assertThat(config.virtualHost()).isEqualTo("/");
    assertThat(config.sslMode()).isEqualTo(TlsMode.VERIFY_FULL);
    assertThat(config.useAdvertisedHosts()).isFalse();
  }

  @Test
  void everythingThatIsMissingIsToldAtOnce() {
    assertThatThrownBy(() -> read("port: 70000"))
        .hasMessageContaining("host")
        .hasMessageContaining("user")
        .hasMessageContaining("password")
        .hasMessageContaining("port");
  }

  @Test
  void aRemoteServerWithoutTlsIsRefusedUnlessSomebodySaysThatTheNetworkIsTrusted() {
    var yaml = "host: rabbit.internal\nuser: relay\npassword: ${P}\nssl-mode: disable\n";
    assertThatThrownBy(() -> read(yaml)).hasMessageContaining("allow-insecure: true");
    assertThat(read(yaml + "allow-insecure: true").sslMode()).isEqualTo(TlsMode.DISABLE);
    assertThat(read(yaml.replace("rabbit.internal", "::1"))).isNotNull();
  }
}
