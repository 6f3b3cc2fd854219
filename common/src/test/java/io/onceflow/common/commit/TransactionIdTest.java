package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionIdTest {

  private static final String NONCE = "0123456789abcdef".repeat(2);

  @Test
  void aNameIsReadAsItWasWritten() {
    var id = new TransactionId(new SinkId("payments-eu"), NONCE, 7, 12);
    assertThat(id.toString()).isEqualTo("of.payments-eu." + NONCE + ".7.12");
    assertThat(TransactionId.parse(id.toString())).contains(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "of.payments.0123456789abcdef0123456789abcdef.7",
        "of.payments.0123456789ABCDEF0123456789ABCDEF.7.1",
        "of.pay.ments.0123456789abcdef0123456789abcdef.7.1",
        "of.-payments.0123456789abcdef0123456789abcdef.7.1",
        "xof.payments.0123456789abcdef0123456789abcdef.7.1",
        "of.payments.0123456789abcdef0123456789abcdef.7.1x",
        "of.payments.0123456789abcdef0123456789abcdef.-7.1",
        "of.payments.0123456789abcdef0123456789abcdef.7.99999999999999999999"
      })
  void whatSomebodyElseNamedIsNoneOfOurs(String name) {
    assertThat(TransactionId.parse(name)).isEmpty();
  }
}
