package io.onceflow.common.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.RowBuffer;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperationFormatTest {

  /** Of the first release: what waits in a checkpoint must be read by every later one. */
  private static final String SET_A_1 = "0101000000037b617d0001" + "0000000131";

  private static byte[] written(RedisOperation... operations) {
    var row = new RowBuffer(16);
    for (var operation : operations) {
      OperationFormat.write(operation, row);
    }
    return Arrays.copyOf(row.array(), row.length());
  }

  private static RedisOperation read(byte[] bytes) throws IOException {
    return OperationFormat.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  @Test
  void theBytesOfTheFirstVersionStayWhatTheyAre() throws Exception {
    var bytes = HexFormat.of().parseHex(SET_A_1);
    assertThat(written(RedisOperation.set("{a}", "1"))).isEqualTo(bytes);
    assertThat(read(bytes)).hasToString("SET {a} 1");
    assertThat(RedisOperation.Command.values())
        .extracting(command -> command + " " + command.code())
        .containsExactly(
            "SET 1",
            "DEL 2",
            "INCRBY 3",
            "HSET 4",
            "HDEL 5",
            "SADD 6",
            "SREM 7",
            "ZADD 8",
            "ZREM 9",
            "XADD 10",
            "LETTER 0");
  }

  @Test
  void operationsAreReadOneAfterTheOtherAsTheyWereWritten() throws Exception {
    var any = new byte[] {0, -1, 13, 10};
    var operations =
        List.of(
            RedisOperation.del("{a}b"),
            RedisOperation.hset("{a}h", Map.of("f", "")),
            RedisOperation.of(RedisOperation.Command.SADD, any, List.of(any, new byte[0])));
    var bytes = written(operations.toArray(RedisOperation[]::new));
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    for (var operation : operations) {
      var read = OperationFormat.read(in);
      assertThat(read.command()).isEqualTo(operation.command());
      assertThat(read.key()).isEqualTo(operation.key());
      assertThat(read.arguments()).hasSameSizeAs(operation.arguments());
      for (var i = 0; i < read.arguments().size(); i++) {
        assertThat(read.arguments().get(i)).isEqualTo(operation.arguments().get(i));
      }
    }
    assertThat(OperationFormat.read(in)).isNull();
  }

  @Test
  void anOperationThatIsCutAnywhereIsDamaged() {
    var whole = written(RedisOperation.hset("{a}h", Map.of("field", "value")));
    for (var length = 1; length < whole.length; length++) {
      var cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void whatNobodyWroteIsDamaged() {
    for (var bytes : List.of("0201", "0163", "010100000004" + "7b617d", "0101ffffffff")) {
      assertThatThrownBy(() -> read(HexFormat.of().parseHex(bytes)))
          .as(bytes)
          .isInstanceOfAny(DamagedSegmentException.class, EOFException.class)
          .hasMessageContaining("staged");
    }
  }
}
