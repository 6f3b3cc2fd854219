package io.onceflow.common.sink.mariadb;

import static io.onceflow.common.sink.mariadb.MariaDbTables.payments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.sink.mariadb.MariaDbTables.Balance;
import io.onceflow.common.sink.mariadb.MariaDbTables.Payment;
import io.onceflow.common.sink.postgres.Epochs;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;

/** Rows that MariaDB takes, and rows that it refuses or would silently change. */
class MariaDbRowsIT {

  private final MariaDbTables database = MariaDbTables.create(MariaDbTables.PAYMENTS);
  private final Epochs<Object> epochs = new Epochs<>(database.store());

  @Test
  void rowsCarryTheNumberOfTheirEpochAndTheMarkerCountsThem() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 10)), Epochs.segments());
      session.apply(epochs.epoch(2, List.of()), Epochs.segments());
      session.apply(epochs.epoch(3, payments(11, 15)), Epochs.segments());
    }
    assertThat(
            database.column(
                """
                SELECT concat_ws(' ', checkpoint_id, row_count, json_value(rows_by_target, '$.payments'),
                  (SELECT count(*) FROM payments p WHERE p.epoch = m.epoch))
                FROM OF.marker m ORDER BY epoch
                """))
        .containsExactly("1 10 10 10", "2 0 0", "3 5 5 5");
    assertThat(
            database.number(
                "SELECT max(abs(timestampdiff(SECOND, committed_at, utc_timestamp()))) FROM OF.marker"))
        .isLessThan(60);
  }

  @Test
  void aRowThatLoadDataWouldCutIsRejectedAndItsNeighboursCommit() throws Exception {
    var rows = new ArrayList<Object>(payments(1, 10_000));
    rows.set(6_543, new Payment(6_544L, 5L, "longer than ten"));
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, rows), Epochs.segments()).rejectedRows())
          .isEqualTo(1);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(9_999);
    assertThat(
            database.column(
                """
                SELECT concat_ws('|', d.sink_id, target, code, json_value(row_text, '$.id'),
                  json_value(row_text, '$.memo'), d.epoch = m.epoch, m.rejected)
                FROM OF.dead_letter d, OF.marker m
                """))
        .containsExactly("test-sink|payments|1406|6544|longer than ten|1|1");
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
    assertThat(database.column("SELECT concat(target, ' ', code) FROM OF.dead_letter ORDER BY 1"))
        .containsExactly(
            "balances 4025", "payments 1048", "payments 1062", "payments 1406", "payments 4025");
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(200);
    assertThat(database.column("SELECT memo FROM payments WHERE id = 50")).containsExactly("m");
    assertThat(database.number("SELECT sum(value) FROM balances")).isEqualTo(15);
  }

  @Test
  void aRowMayComeBeforeTheRowItRefersTo() throws Exception {
    database.sql("ALTER TABLE payments ADD FOREIGN KEY (amount) REFERENCES payments (id)");
    try (var session = epochs.open()) {
      var rows = new ArrayList<Object>();
      // Each refers to the next one, the last to itself; 700 refers to nobody.
      for (var id = 1L; id < 40; id++) {
        rows.add(new Payment(id, id + 1, "m"));
      }
      rows.add(new Payment(40L, 40L, "m"));
      rows.add(new Payment(700L, 701L, "m"));
      var result = session.apply(epochs.epoch(1, rows), Epochs.segments());
      assertThat(result.rejectedRows()).isEqualTo(1);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(40);
    assertThat(database.column("SELECT code FROM OF.dead_letter")).containsExactly("1452");
  }

  @Test
  void withOnRejectFailABadRowLeavesNothingBehindAndIsNotQuoted() throws Exception {
    try (var session = epochs.open(OnReject.FAIL)) {
      for (var bad :
          List.of(
              new Payment(77_777L, -5L, "check"),
              new Payment(77_777L, 5L, "canary of eleven"),
              new Payment(77_777L, 6L, "twin"))) {
        var rows = List.of(new Payment(1L, 5L, "a"), new Payment(77_777L, 1L, "first"), bad);
        var epoch = epochs.after(0, 1, rows);
        assertThatThrownBy(() -> session.apply(epoch, Epochs.segments()))
            .hasMessageContaining("refused a row (error ")
            .hasMessageContaining("on-reject: dead-letter")
            .satisfies(
                e ->
                    assertThat(Throwables.getStackTrace(e))
                        .doesNotContain("canary", "77777", "first"));
      }
    }
    assertThat(
            database.number(
                "SELECT (SELECT count(*) FROM payments) + (SELECT count(*) FROM OF.marker)"))
        .isZero();
  }

  @Test
  void theLastWritePerKeyWinsAlsoWhenAKeyComesTwice() throws Exception {
    try (var session = epochs.open()) {
      session.apply(
          epochs.epoch(
              1, List.of(new Balance(1L, 10L), new Balance(2L, 20L), new Balance(1L, 11L))),
          Epochs.segments());
      session.apply(
          epochs.epoch(2, List.of(new Balance(2L, 21L), new Balance(2L, -1L), new Balance(3L, 0L))),
          Epochs.segments());
    }
    assertThat(database.column("SELECT concat(account, '=', value) FROM balances ORDER BY account"))
        .containsExactly("1=11", "2=21", "3=0");
  }

  @Test
  void anAutoIncrementColumnTakesAZeroAsItIs() throws Exception {
    database.sql("ALTER TABLE payments MODIFY id bigint AUTO_INCREMENT");
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, List.of(new Payment(0L, 5L, "a"))), Epochs.segments());
    }
    assertThat(database.column("SELECT id FROM payments")).containsExactly("0");
  }

  @Test
  void aTriggersOwnRefusalIsARowsFault() throws Exception {
    trigger("IF new.id = 2 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF");
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, payments(1, 3)), Epochs.segments()).rejectedRows())
          .isEqualTo(1);
    }
    assertThat(database.column("SELECT id FROM payments ORDER BY id")).containsExactly("1", "3");
    assertThat(database.column("SELECT reason FROM OF.dead_letter"))
        .containsExactly("not this one");
  }

  /** MDEV-36026: this very server refuses the second row of such an INSERT .. SELECT. */
  @Test
  void goodRowsBesideATriggerAreNoDeadLettersOnAServerThatMistakesThem() throws Exception {
    trigger("SET new.epoch = new.epoch + 0");
    try (var session = epochs.open()) {
      var rows = new ArrayList<Object>(payments(1, 100));
      rows.add(new Payment(500L, -1L, "m"));
      assertThat(session.apply(epochs.epoch(1, rows), Epochs.segments()).rejectedRows())
          .isEqualTo(1);
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(100);
  }

  private void trigger(String body) {
    // With the default delimiter the driver would cut the body at its semicolons.
    try (var connection = database.database().connect();
        var statement = connection.createStatement()) {
      statement.execute(
          "CREATE TRIGGER t BEFORE INSERT ON payments FOR EACH ROW BEGIN %s; END".formatted(body));
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void thePreflightNamesEverythingThatIsWrongAtOnce() {
    database.sql(
        """
        ALTER TABLE payments MODIFY amount int, MODIFY memo enum('m'), ADD COLUMN extra text NOT NULL, ENGINE=MyISAM;
        ALTER TABLE balances DROP COLUMN value, ADD COLUMN other int, ADD UNIQUE KEY twice (other);
        DROP TABLE OF.run;
        """);
    assertThatThrownBy(epochs::open)
        .hasMessageContaining("7 problems")
        .hasMessageContaining("run flink-conf/sql/onceflow-mariadb.sql")
        .hasMessageContaining("payments is of engine MyISAM")
        .hasMessageContaining("payments.amount is int(11), and the mapping writes bigint")
        .hasMessageContaining("payments.memo is enum('m'), and the mapping writes text")
        .hasMessageContaining("payments.extra is NOT NULL without a default")
        .hasMessageContaining("balances.value does not exist")
        .hasMessageContaining("balances has another unique index, twice");
  }

  @Test
  void thePreflightMissesThePrivilegesThatTheSinkWouldMiss() throws Exception {
    var server = database.database().server();
    var name = database.database().name();
    var role = name + "_job";
    server.sqlAsSuperuser(
        """
        CREATE USER %1$s IDENTIFIED BY '%2$s';
        GRANT INSERT ON %3$s.payments TO %1$s;
        GRANT INSERT, SELECT ON %3$s.balances TO %1$s;
        GRANT SELECT, INSERT, UPDATE ON %4$s.sink TO %1$s;
        GRANT SELECT, INSERT, UPDATE ON %4$s.run TO %1$s;
        GRANT SELECT, INSERT, UPDATE ON %4$s.marker TO %1$s;
        """
            .formatted(role, server.password(), name, database.onceflow()));
    var config = database.config();
    var poor =
        new io.onceflow.common.config.DatabaseConfig(
            config.server().host(),
            config.server().port(),
            name,
            role,
            config.server().password(),
            config.server().sslMode(),
            null,
            config.server().connectTimeout(),
            config.server().socketTimeout());
    var store =
        MariaDbTables.store(new io.onceflow.common.config.MariaDbConfig(poor, database.onceflow()));
    assertThatThrownBy(() -> new Epochs<>(store).open())
        .hasMessageContaining("No DELETE on `%s`.`marker`".formatted(database.onceflow()))
        .hasMessageContaining("No SELECT on `%s`.`decision`".formatted(database.onceflow()))
        .hasMessageContaining("No INSERT on `%s`.`dead_letter`".formatted(database.onceflow()))
        .hasMessageContaining("No CREATE TEMPORARY TABLES on " + name);

    server.sqlAsSuperuser(
        """
        GRANT DELETE ON %4$s.marker TO %1$s;
        GRANT SELECT, INSERT, UPDATE, DELETE ON %4$s.decision TO %1$s;
        GRANT INSERT ON %4$s.dead_letter TO %1$s;
        GRANT CREATE TEMPORARY TABLES ON %3$s.* TO %1$s;
        """
            .formatted(role, server.password(), name, database.onceflow()));
    assertThatThrownBy(() -> new Epochs<>(store).open())
        .hasMessageContaining("1 problems")
        .hasMessageContaining("No INSERT, UPDATE on balances");

    server.sqlAsSuperuser("GRANT UPDATE ON %s.balances TO %s".formatted(name, role));
    var withLeastPrivilege = new Epochs<>(store);
    try (var session = withLeastPrivilege.open()) {
      session.apply(
          withLeastPrivilege.epoch(
              1, List.of(new Payment(1L, 1L, "m"), new Payment(2L, -1L, "m"), new Balance(1L, 1L))),
          Epochs.segments());
    }
    assertThat(database.number("SELECT count(*) FROM OF.dead_letter")).isEqualTo(1);
  }
}
