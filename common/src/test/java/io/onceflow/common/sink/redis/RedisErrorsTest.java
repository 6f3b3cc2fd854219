package io.onceflow.common.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.ErrorClass;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

class RedisErrorsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LOADING Redis is loading the dataset in memory|TRANSIENT|",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL.|TRANSIENT|",
        "NOREPLICAS Not enough good replicas to write.|TRANSIENT|",
        "ERR max number of clients reached|TRANSIENT|",
        "NOAUTH Authentication required.|SYSTEM|Set user and password.",
        "NOPERM this user has no permissions|SYSTEM|Grant the rights that docs/redis.md lists.",
        "MISCONF Redis is configured to save RDB snapshots|SYSTEM|see its log.",
        "READONLY You can't write against a read only replica.|SYSTEM|connect the primary.",
        "ERR Error running script: @user_script:98: -OOM command not allowed when used|SYSTEM|make room.",
        "MOVED 3999 127.0.0.1:6381|SYSTEM|not in cluster mode.",
        "WRONGTYPE Operation against a key holding the wrong kind of value|SYSTEM|"
      })
  void theServersWordsTellWhetherItPasses(String words, ErrorClass errorClass, String cure) {
    var error = RedisErrors.exception("Committing", new JedisDataException(words), true);
    assertThat(error.errorClass()).isEqualTo(errorClass);
    assertThat(error).hasMessageStartingWith("Committing: ");
    assertThat(error.getMessage()).contains(words).endsWith(cure == null ? "." : cure);
  }

  @Test
  void aConnectionThatBreaksLeavesItOpenWhatHappenedOnlyIfSomethingWasAskedFor() {
    var error = new JedisConnectionException(new SocketTimeoutException("Read timed out"));
    assertThat(RedisErrors.classify(error, false)).isEqualTo(ErrorClass.TRANSIENT);
    assertThat(RedisErrors.classify(error, true)).isEqualTo(ErrorClass.AMBIGUOUS);
  }
}
