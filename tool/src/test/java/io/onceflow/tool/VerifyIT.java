package io.onceflow.tool;

import static io.onceflow.tool.ToolDatabase.SINK;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counting again, against a real PostgreSQL. */
class VerifyIT {

  @TempDir Path directory;
  private ToolDatabase database;

  /** Epochs 1 to 3 with 10, 20 and 30 payments. */
  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql(
        """
        CREATE TABLE payments (id bigint, amount bigint NOT NULL DEFAULT 1,
          epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint);
        CREATE TABLE totals (id bigint);
        """);
    database.sink(3);
    for (var epoch = 1; epoch <= 3; epoch++) {
      database.marker(epoch, 10 * epoch, 60);
      database.sql(
          "INSERT INTO payments SELECT n, 1, %d FROM generate_series(1, %d) n"
              .formatted(epoch, 10 * epoch));
    }
  }

  private ToolResult verify(String... more) {
    var arguments = new java.util.ArrayList<>(java.util.List.of("verify"));
    arguments.addAll(java.util.List.of(more));
    return ToolResult.run(database, arguments.toArray(String[]::new));
  }

  private void alsoTotals(String mapping) {
    database.sql(
        """
        UPDATE onceflow.marker SET rows_by_target = rows_by_target || '{"public.totals": 4}';
        INSERT INTO totals SELECT generate_series(1, 12);
        """);
    if (mapping != null) {
      database.sql(
          "INSERT INTO onceflow.mapping VALUES ('%s', 'public.totals', %s, '{id}')"
              .formatted(SINK, mapping));
    }
  }

  @Test
  void allIsEqualWhenNothingWasTouched() {
    var result = verify();

    assertThat(result.exit()).as(result.out() + result.err()).isZero();
    assertThat(result.out())
        .contains("EQUAL: the tables hold what the markers say")
        .containsPattern("public.payments +60 +0 +3 +0 +0");
    assertThat(verify("--all", "--json").json().at("/sinks/0/checks")).hasSize(3);
  }

  @Test
  void aMissingRowIsFoundInItsEpoch() {
    database.sql("DELETE FROM payments WHERE epoch = 2 AND id = 7");

    var result = verify("--json");

    assertThat(result.exit()).isEqualTo(1);
    var checks = result.json().at("/sinks/0/checks");
    assertThat(checks).hasSize(1);
    assertThat(checks.at("/0/epoch").asLong()).isEqualTo(2);
    assertThat(checks.at("/0/expectedRows").asLong()).isEqualTo(20);
    assertThat(checks.at("/0/actualRows").asLong()).isEqualTo(19);
    assertThat(verify().out()).contains("DIFFERENT", "Rows are missing.");
  }

  @Test
  void aDoubledRowAndRowsOfNoEpochAreFound() {
    database.sql("INSERT INTO payments VALUES (7, 1, 2), (1, 1, 77)");

    var result = verify();

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out())
        .contains("There are more rows than were committed.", "No marker of any sink has this");
  }

  @Test
  void aRowThatWasRejectedIsNotMissingUntilItIsReplayedElsewhere() {
    database.sql(
        """
        DELETE FROM payments WHERE epoch = 2 AND id = 7;
        UPDATE onceflow.marker SET rejected = 1 WHERE epoch = 2;
        INSERT INTO onceflow.dead_letter (sink_id, epoch, target, code, reason, row_text)
        VALUES ('payments', 2, 'public.payments', '23514', 'refused', '{"id": 7, "amount": 1}');
        """);
    assertThat(verify().exit()).isZero();

    assertThat(ToolResult.run(database, "dead-letters", "replay", "1", "--execute").exit())
        .isZero();
    assertThat(verify().exit()).as("replayed into its own epoch").isZero();

    database.sql("DELETE FROM onceflow.dead_letter");
    assertThat(verify().out()).contains("DIFFERENT", "onceflow.dead_letter");
  }

  @Test
  void aTableWithoutEpochsIsComparedInTotalWhenItIsKnownToBeAppendedTo() {
    alsoTotals("true");
    assertThat(verify("--all").out()).containsPattern("equal +public.totals +all +- +12 +12");

    database.sql("DELETE FROM totals WHERE id = 3");
    var result = verify();
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).containsPattern("DIFFERENT +public.totals +all +- +12 +11");
  }

  @Test
  void whatCannotBeToldIsNeverTakenForEqual() {
    alsoTotals(null);
    assertThat(verify().out())
        .contains("not checkable", "not recorded whether", "in what can be checked")
        .doesNotContain("EQUAL:");

    database.sql("INSERT INTO totals VALUES (99)");
    assertThat(verify().exit()).as("more rows than were ever sealed").isEqualTo(1);
  }

  @Test
  void upsertedTablesAreNotCheckable() {
    alsoTotals("false");

    assertThat(verify().out()).contains("not checkable", "Rows are upserted");
  }

  @Test
  void prunedMarkersMakeOlderRowsNotCheckable() {
    alsoTotals("true");
    assertThat(ToolResult.run(database, "gc", "--keep-markers", "1", "--execute").exit()).isZero();

    var result = verify();

    assertThat(result.exit()).as(result.out()).isZero();
    assertThat(result.out()).contains("Its marker was pruned.", "Markers were pruned");
    database.sql("DELETE FROM payments WHERE epoch = 3 AND id = 1");
    assertThat(verify().exit()).isEqualTo(1);
  }
}
