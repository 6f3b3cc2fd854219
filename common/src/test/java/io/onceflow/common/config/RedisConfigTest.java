package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisConfigTest {

  private static RedisConfig read(String yaml) {
    return TestYaml.read(yaml, RedisConfig::read);
  }

  @Test
  void aHostAndAPrefixAreEnough() {
    var config = read("host: redis.internal\nkey-prefix: \"{shop}:\"");
    assertThat(config.server().port()).isEqualTo(6379);
    assertThat(config.server().sslMode()).isEqualTo(TlsMode.VERIFY_FULL);
    assertThat(config.server().user()).isEqualTo("default");
    assertThat(config.server().secret()).isEmpty();
    assertThat(config.chunkRows()).isEqualTo(5_000);
    assertThat(config.chunkBytes()).isEqualTo(4 << 20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"shop:", "{}:", "{shop:", "{shop}*", "{a}{b}", "{sh op}", "a}b{c", ""})
  void aPrefixThatDoesNotHoldOneHashTagIsRefused(String prefix) {
    assertThatThrownBy(
            () -> read("host: localhost\nssl-mode: disable\nkey-prefix: '" + prefix + "'"))
        .hasMessageContaining("key-prefix");
    assertThatThrownBy(() -> RedisConfig.loopback(1, null, prefix))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must hold one hash tag in braces");
  }

  @Test
  void aRemoteServerWithoutTlsIsRefusedUnlessSomebodySaysThatTheNetworkIsTrusted() {
    var yaml = "host: redis.internal\nkey-prefix: \"{shop}:\"\nssl-mode: disable\n";
    assertThatThrownBy(() -> read(yaml)).hasMessageContaining("allow-insecure: true");
    assertThat(read(yaml + "allow-insecure: true").server().sslMode()).isEqualTo(TlsMode.DISABLE);
    assertThat(read(yaml.replace("redis.internal", "127.0.0.1"))).isNotNull();
  }

  @Test
  void encryptionToWhomeverIsRefused() {
    assertThatThrownBy(() -> read("host: localhost\nkey-prefix: \"{shop}:\"\nssl-mode: require"))
        .hasMessageContaining("disable, verify-ca, verify-full");
  }

  @Test
  void aChunkHasASize() {
    assertThatThrownBy(() -> RedisConfig.loopback(1, null, "{a}").withChunks(0, 1))
        .hasMessageContaining("A chunk of 0 rows is not between 1 and 100000");
    assertThatThrownBy(
            () ->
                read(
                    "host: localhost\nssl-mode: disable\nkey-prefix: \"{a}\"\nchunk-rows: 0\n"
                        + "chunk-size: 1b"))
        .hasMessageContaining("chunk-rows")
        .hasMessageContaining("chunk-size");
  }
}
