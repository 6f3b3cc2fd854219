package io.onceflow.tool;

import static io.onceflow.tool.ToolDatabase.SINK;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settling rejected rows, and removing old ones. */
class DeadLettersIT {

  @TempDir Path directory;
  private ToolDatabase database;

  @BeforeEach
  void create() {
    database = ToolDatabase.create(directory);
    database.sql(
        """
        CREATE TABLE payments (id bigint PRIMARY KEY, amount bigint NOT NULL CHECK (amount > 0), note text DEFAULT 'none',
          epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint);
        """);
    database.sink(1);
    letter("{\"id\": 1, \"amount\": 5}");
    letter("{\"id\": 2, \"amount\": -5}");
    letter("Payment[id=3, amount=null]");
  }

  private void letter(String row) {
    database.sql(
        """
        INSERT INTO onceflow.dead_letter (sink_id, epoch, target, code, reason, row_text)
        VALUES ('%s', 41, 'public.payments', '23514', 'violates a check', '%s')
        """
            .formatted(SINK, row));
  }

  @Test
  void rejectedRowsAreListedAndExplained() {
    var list = ToolResult.run(database, "dead-letters", "list");
    assertThat(list.exit()).as(list.err()).isZero();
    assertThat(list.out()).contains("3 row(s).", "violates a check", "open");
    assertThat(list.out().lines()).allMatch(line -> line.length() <= Table.WIDTH);

    assertThat(ToolResult.run(database, "dead-letters", "explain", "2").out())
        .contains("epoch 41", "public.payments", "violates a check (23514)", "dead-letters replay");
    assertThat(ToolResult.run(database, "dead-letters", "explain", "3").out())
        .contains("the mapping refused the value");
    var json = ToolResult.run(database, "dead-letters", "list", "--json").json();
    assertThat(json.get("deadLetters")).hasSize(3);
    assertThat(json.at("/deadLetters/0/row").asText()).startsWith("Payment[");
  }

  @Test
  void whatARowHoldsForgesNoLineAndColoursNoTerminal() {
    letter("a\r\n99  payments  41  all is well\u001b[31m red \u202eturned");
    for (var out :
        new String[] {
          ToolResult.run(database, "dead-letters", "list").out(),
          ToolResult.run(database, "dead-letters", "explain", "4").out()
        }) {
      assertThat(out).contains("all is well").doesNotContain("\u001b", "\u202e", "\r");
      assertThat(out.lines()).noneMatch(line -> line.startsWith("99 "));
    }
    var json = ToolResult.run(database, "dead-letters", "list", "--json");
    assertThat(json.out()).doesNotContain("\u001b");
    assertThat(json.json().at("/deadLetters/0/row").asText()).contains("\u001b[31m");
  }

  @Test
  void aRowIsReplayedAsPartOfTheEpochItCameWith() {
    assertThat(ToolResult.run(database, "dead-letters", "replay", "1").out())
        .contains("Would replay", "nothing was changed");
    assertThat(database.column("SELECT id FROM payments")).isEmpty();

    var result = ToolResult.run(database, "dead-letters", "replay", "1", "--execute");

    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(database.column("SELECT id || ' ' || note || ' ' || epoch FROM payments"))
        .containsExactly("1 none 41");
    assertThat(database.column("SELECT settled FROM onceflow.dead_letter WHERE id = 1"))
        .containsExactly("replayed");
    assertThat(database.column("SELECT action || ' ' || subject FROM onceflow.audit"))
        .containsExactly("replay dead letter 1");
    var again = ToolResult.run(database, "dead-letters", "replay", "1", "--execute");
    assertThat(again.exit()).isEqualTo(2);
    assertThat(again.err()).contains("replayed at");
    assertThat(database.column("SELECT id FROM payments")).hasSize(1);
  }

  @Test
  void ifOneRowIsRefusedAgainNoneIsReplayed() {
    var result = ToolResult.run(database, "dead-letters", "replay", "1", "2", "--execute");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("Dead letter 2 is refused again", "Nothing was replayed");
    assertThat(database.column("SELECT id FROM payments")).isEmpty();
    assertThat(database.column("SELECT 1 FROM onceflow.audit")).isEmpty();
  }

  @Test
  void aValueThatTheMappingRefusedCannotBeReplayed() {
    var result = ToolResult.run(database, "dead-letters", "replay", "3", "--execute");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("not a row");
  }

  @Test
  void aRowIsDiscardedWithItsReasonInTheAudit() {
    var result =
        ToolResult.run(
            database, "dead-letters", "discard", "2", "3", "--reason", "test data", "--execute");

    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(database.column("SELECT reason FROM onceflow.audit"))
        .containsExactly("test data", "test data");
    assertThat(ToolResult.run(database, "markers", "--audit").out())
        .contains("discard", "dead letter 2", "test data", "resolver-");
    assertThat(ToolResult.run(database, "dead-letters", "list").out()).contains("1 row(s).");
    assertThat(ToolResult.run(database, "dead-letters", "list", "--settled").out())
        .contains("3 row(s).", "discarded");
  }

  @Test
  void oldRunsMarkersAndSegmentsOfFencedRunsGoOnlyWhenTold() throws Exception {
    for (var checkpoint = 2; checkpoint <= 9; checkpoint++) {
      database.marker(checkpoint, 1, 600);
    }
    database.sql("UPDATE onceflow.sink SET last_checkpoint_id = 9");
    for (var run = 0; run < 5; run++) {
      database.sql(
          "INSERT INTO onceflow.run (sink_id, run_id, lineage, claimed_at) VALUES ('payments', 'old-%d', 'l', now() - interval '%d days')"
              .formatted(run, 9 - run));
    }
    Files.createDirectories(directory.resolve("segments/payments/old-1"));
    Files.createDirectories(directory.resolve("segments/payments/" + ToolDatabase.RUN));
    Files.createDirectories(directory.resolve("segments/payments/unknown"));
    String[] gc = {
      "gc",
      "--keep-runs",
      "2",
      "--keep-markers",
      "3",
      "--segments",
      directory.resolve("segments").toUri().toString()
    };

    var dry = ToolResult.run(database, gc);

    assertThat(dry.exit()).as(dry.err()).isZero();
    assertThat(dry.out()).contains("Nothing was removed", "payments/old-1");
    assertThat(directory.resolve("segments/payments/old-1")).exists();

    var executing = java.util.Arrays.copyOf(gc, gc.length + 1);
    executing[gc.length] = "--execute";
    assertThat(ToolResult.run(database, executing).out()).contains("Removed.");

    assertThat(database.column("SELECT checkpoint_id FROM onceflow.marker ORDER BY 1"))
        .containsExactly("7", "8", "9");
    assertThat(database.column("SELECT run_id FROM onceflow.run ORDER BY claimed_at"))
        .containsExactly("old-4", ToolDatabase.RUN);
    assertThat(database.column("SELECT low_water_checkpoint_id FROM onceflow.sink"))
        .containsExactly("6");
    assertThat(directory.resolve("segments/payments/old-1")).doesNotExist();
    assertThat(directory.resolve("segments/payments/" + ToolDatabase.RUN)).exists();
    assertThat(directory.resolve("segments/payments/unknown")).exists();
  }
}
