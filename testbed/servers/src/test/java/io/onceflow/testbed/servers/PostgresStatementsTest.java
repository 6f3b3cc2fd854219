package io.onceflow.testbed.servers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresStatementsTest {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  @Test
  void aSimpleQueryIsExecuted() {
    startUp();
    message('Q', "COMMIT\0");
    assertThat(executed()).containsExactly("COMMIT");
  }

  @Test
  void aPreparedStatementIsExecutedUnderItsNameAsOftenAsItIsBound() {
    startUp();
    message('P', "S_1\0COMMIT\0\0\0");
    message('B', "\0S_1\0\0\0\0\0\0\0");
    message('E', "\0\0\0\0\0");
    message('S', "");
    message('B', "portal\0S_1\0\0\0\0\0\0\0");
    message('E', "portal\0\0\0\0\0");
    assertThat(executed()).containsExactly("COMMIT", "COMMIT");
  }

  @Test
  void parsingAndBindingAloneExecutesNothing() {
    startUp();
    message('P', "S_1\0COMMIT\0\0\0");
    message('B', "\0S_1\0\0\0\0\0\0\0");
    assertThat(executed()).isEmpty();
  }

  @Test
  void whatACopyCarriesIsNotAStatement() {
    startUp();
    message('d', "Q\0\0\0\0COMMIT\0".repeat(10_000));
    message('Q', "ROLLBACK\0");
    assertThat(executed()).containsExactly("ROLLBACK");
  }

  @Test
  void aLongStatementIsKnownByItsBeginning() {
    startUp();
    message('Q', "INSERT " + "x".repeat(100_000) + "\0");
    message('Q', "COMMIT\0");
    assertThat(executed())
        .hasSize(2)
        .satisfies(all -> assertThat(all.get(0)).startsWith("INSERT x"))
        .last()
        .isEqualTo("COMMIT");
  }

  private void startUp() {
    untyped(80_877_104, "");
    untyped(80_877_103, "");
    untyped(196_608, "user\0onceflow\0\0");
  }

  private void untyped(int code, String rest) {
    sent.writeBytes(ByteBuffer.allocate(8).putInt(8 + rest.length()).putInt(code).array());
    sent.writeBytes(rest.getBytes(UTF_8));
  }

  private void message(char type, String body) {
    sent.write(type);
    sent.writeBytes(ByteBuffer.allocate(4).putInt(4 + body.length()).array());
    sent.writeBytes(body.getBytes(UTF_8));
  }

  /** What comes out is the same in one piece and byte by byte. */
  private List<String> executed() {
    byte[] bytes = sent.toByteArray();
    PostgresStatements slowly = new PostgresStatements();
    List<String> oneByOne = new ArrayList<>();
    for (byte each : bytes) {
      oneByOne.addAll(slowly.executedIn(new byte[] {each}, 1));
    }
    List<String> atOnce = new PostgresStatements().executedIn(bytes, bytes.length);
    assertThat(oneByOne).isEqualTo(atOnce);
    return atOnce;
  }
}
