package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server's message may hold anything; what is logged of it is one line of bounded length. */
class PostgresLogInjectionIT {

  private static final String FORGED = "\r\n2026-01-01 00:00:00 ERROR fake \u001b[31mred";

  private final OnceflowDatabase database =
      OnceflowDatabase.create(
          PaymentTables.DDL
              + """
              CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN RAISE EXCEPTION '%', E'no\\r\\n2026-01-01 00:00:00 ERROR fake \\x1b[31mred' || repeat('x', 100000); END $$;
              CREATE TRIGGER refuse BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION refuse();
              """);
  private final Epochs<Object> epochs = new Epochs<>(PaymentTables.store(database));

  @Test
  void aTriggersMessageForgesNoLine() throws Exception {
    try (var session = epochs.open(OnReject.FAIL)) {
      var epoch = epochs.epoch(1, PaymentTables.payments(1, 3));
      var failure =
          catchThrowableOfType(StoreException.class, () -> session.apply(epoch, Epochs.segments()));
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        assertOneLine(cause.getMessage());
      }
      assertThat(failure).hasMessageContaining("fake \\u001b[31m");
    }
  }

  @Test
  void norDoesItInTheDeadLetters() throws Exception {
    try (var session = epochs.open(OnReject.DEAD_LETTER)) {
      session.apply(epochs.epoch(1, PaymentTables.payments(1, 3)), Epochs.segments());
    }
    assertThat(database.column("SELECT reason FROM onceflow.dead_letter"))
        .hasSize(3)
        .allSatisfy(PostgresLogInjectionIT::assertOneLine);
  }

  private static void assertOneLine(String text) {
    assertThat(text).hasSizeLessThan(1_500).doesNotContain(List.of(FORGED, "\u001b"));
    assertThat(OneLine.of(text, 2_000)).isEqualTo(text);
  }
}
