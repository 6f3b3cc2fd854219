package io.onceflow.common.sink.postgres;

import static io.onceflow.common.sink.postgres.PaymentTables.payments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.sink.postgres.PaymentTables.Balance;
import io.onceflow.common.sink.postgres.PaymentTables.Payment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Rows that PostgreSQL takes, and rows that it refuses. */
class PostgresRowsIT {

  private final OnceflowDatabase database = OnceflowDatabase.create(PaymentTables.DDL);
  private final Epochs<Object> epochs = new Epochs<>(PaymentTables.store(database));

  @Test
  void anErrorNeverQuotesTheRow() throws Exception {
    try (var session = epochs.open(OnReject.FAIL)) {
      var bad = epochs.epoch(1, List.of(new Payment(1L, -77_777L, "canary")));
      assertThatThrownBy(() -> session.apply(bad, Epochs.segments()))
          .satisfies(
              e ->
                  assertThat(org.assertj.core.util.Throwables.getStackTrace(e))
                      .contains("23514")
                      .doesNotContain("canary", "77777"));
    }
  }

  @Test
  void tablesThatReferToEachOtherWithDeferredKeysCommitTogether() throws Exception {
    database.sql(
        """
        ALTER TABLE payments ADD FOREIGN KEY (id) REFERENCES balances (account) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE balances ADD FOREIGN KEY (account) REFERENCES payments (id) DEFERRABLE INITIALLY DEFERRED;
        """);
    try (var session = epochs.open()) {
      var rows = new ArrayList<Object>(payments(1, 3));
      LongStream.rangeClosed(1, 3).forEach(id -> rows.add(new Balance(id, id)));
      assertThat(session.apply(epochs.epoch(1, rows), Epochs.segments()).rejectedRows()).isZero();
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(3);
  }

  @Test
  void aRowMayComeBeforeTheRowItRefersToAlsoBesideABadOne() throws Exception {
    database.sql("ALTER TABLE payments ADD FOREIGN KEY (amount) REFERENCES payments (id)");
    try (var session = epochs.open()) {
      var rows = new ArrayList<Object>();
      rows.add(new Payment(900L, 900L, "longer than ten"));
      // Each refers to the next one, the last to itself; 700 refers to nobody.
      for (var id = 1L; id < 100; id++) {
        rows.add(new Payment(id, id + 1, "m"));
      }
      rows.add(new Payment(100L, 100L, "m"));
      rows.add(new Payment(700L, 701L, "m"));
      var result = session.apply(epochs.epoch(1, rows), Epochs.segments());
      assertThat(result.rejectedRows()).isEqualTo(2);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(100);
    assertThat(database.column("SELECT code FROM onceflow.dead_letter ORDER BY code"))
        .containsExactly("22001", "23503");
  }

  @Test
  void aTriggersOwnRefusalIsARowsFault() throws Exception {
    database.sql(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN IF new.id = 2 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN new; END';
        CREATE TRIGGER refuse BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION refuse();
        """);
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, payments(1, 3)), Epochs.segments()).rejectedRows())
          .isEqualTo(1);
    }
    assertThat(database.column("SELECT id FROM payments ORDER BY id")).containsExactly("1", "3");
  }

  @Test
  void aTableIsMappedOnce() {
    var store = PaymentTables.store(database);
    assertThatThrownBy(
            () ->
                store.table(
                    String.class,
                    PostgresTable.<String>named("public.payments").text("memo", text -> text)))
        .hasMessageContaining("mapped twice");
  }

  @Test
  void oneBadRowGoesToTheDeadLettersAndItsNeighboursCommit() throws Exception {
    var rows = new ArrayList<Object>(payments(1, 10_000));
    rows.set(6_543, new Payment(6_544L, -1L, "bad"));
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, rows), Epochs.segments()).rejectedRows())
          .isEqualTo(1);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(9_999);
    assertThat(
            database.column(
                "SELECT concat_ws('|', d.sink_id, target, code, row_text::jsonb ->> 'id', row_text::jsonb ->> 'memo', d.epoch = m.epoch, m.rejected) FROM onceflow.dead_letter d, onceflow.marker m"))
        .containsExactly("test-sink|public.payments|23514|6544|bad|t|1");
  }

  @Test
  void badRowsOfEveryKindAreFoundAndTheFirstOfTwinsWins() throws Exception {
    var rows = new ArrayList<Object>(payments(1, 200));
    rows.add(0, new Payment(500L, 0L, "check"));
    rows.add(100, new Payment(50L, 1L, "twin"));
    rows.add(new Payment(501L, null, "null"));
    rows.add(new Payment(502L, 5L, "longer than ten"));
    rows.add(new Balance(1L, 7L));
    rows.add(new Balance(2L, -7L));
    rows.add(new Balance(3L, 8L));
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, rows), Epochs.segments()).rejectedRows())
          .isEqualTo(5);
    }
    assertThat(
            database.column(
                "SELECT concat(target, ' ', code) FROM onceflow.dead_letter ORDER BY 1"))
        .containsExactly(
            "public.balances 23514",
            "public.payments 22001",
            "public.payments 23502",
            "public.payments 23505",
            "public.payments 23514");
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(200);
    assertThat(database.column("SELECT memo FROM payments WHERE id = 50")).containsExactly("m");
    assertThat(database.number("SELECT sum(value) FROM balances")).isEqualTo(15);
  }

  @Test
  void withOnRejectFailABadRowLeavesNothingBehind() throws Exception {
    try (var session = epochs.open(OnReject.FAIL)) {
      var bad = epochs.epoch(1, List.of(new Payment(1L, 5L, "a"), new Payment(2L, -5L, "b")));
      assertThatThrownBy(() -> session.apply(bad, Epochs.segments()))
          .hasMessageContaining("refused a row (SQLSTATE 23514)")
          .hasMessageContaining("on-reject: dead-letter");
    }
    assertThat(
            database.number(
                "SELECT (SELECT count(*) FROM payments) + (SELECT count(*) FROM onceflow.marker)"))
        .isZero();
  }

  @Test
  void theServerSettingsDoNotMatterForConstraintsThatAreDeferred() throws Exception {
    database.sql(
        "ALTER TABLE balances ADD CONSTRAINT once UNIQUE (value) DEFERRABLE INITIALLY DEFERRED");
    try (var session = epochs.open()) {
      var result =
          session.apply(
              epochs.epoch(
                  1, List.of(new Balance(1L, 1L), new Balance(2L, 1L), new Balance(3L, 3L))),
              Epochs.segments());
      assertThat(result.rejectedRows()).isEqualTo(1);
    }
    assertThat(database.number("SELECT count(*) FROM balances")).isEqualTo(2);
  }

  @Test
  void thePreflightNamesEverythingThatIsWrongAtOnce() {
    database.sql(
        """
        ALTER TABLE payments ALTER COLUMN amount TYPE integer, DROP COLUMN memo, ADD COLUMN extra text NOT NULL;
        ALTER TABLE balances DROP CONSTRAINT balances_pkey;
        DROP TABLE onceflow.marker;
        """);
    assertThatThrownBy(epochs::open)
        .hasMessageContaining("5 problems")
        .hasMessageContaining("onceflow.marker does not exist: run flink-conf/sql/onceflow.sql")
        .hasMessageContaining("public.payments.amount is integer, and the mapping writes bigint")
        .hasMessageContaining("public.payments.memo does not exist")
        .hasMessageContaining("public.payments.extra is NOT NULL without a default")
        .hasMessageContaining("no primary key or unique index over exactly (account)");
  }
}
