package io.onceflow.common.sink.postgres;

import static io.onceflow.common.sink.postgres.PaymentTables.payments;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What PostgreSQL's own tables say, beyond what {@link PostgresConformanceIT} shows. */
class PostgresSessionIT {

  private final OnceflowDatabase database = OnceflowDatabase.create(PaymentTables.DDL);
  private final Epochs<Object> epochs = new Epochs<>(PaymentTables.store(database));

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
                SELECT concat_ws(' ', checkpoint_id, row_count, rows_by_target ->> 'public.payments',
                  (SELECT count(*) FROM payments p WHERE p.epoch = m.epoch))
                FROM onceflow.marker m ORDER BY epoch
                """))
        .containsExactly("1 10 10 10", "2 0 0", "3 5 5 5");
  }

  @Test
  void theSinksRowTellsWhereToRestoreFromAndUpToWhereMarkersWerePruned() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, payments(1, 1)), Epochs.segments());
      session.apply(epochs.epoch(102_000, payments(2, 2)), Epochs.segments());
    }
    assertThat(
            database.column(
                "SELECT concat_ws(' ', last_checkpoint_id, last_restore_path, low_water_checkpoint_id) FROM onceflow.sink"))
        .containsExactly("102000 /checkpoints/chk-102000 2000");
    assertThat(database.column("SELECT checkpoint_id FROM onceflow.marker"))
        .containsExactly("102000");
  }
}
