package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.PostgresConfig;
import java.util.List;
import java.util.stream.LongStream;

/** An append and an upsert table with constraints, for tests that talk to a session. */
final class PaymentTables {

  record Payment(Long id, Long amount, String memo) {}

  record Balance(Long account, Long value) {}

  static final String DDL =
      """
      CREATE TABLE payments (id bigint PRIMARY KEY, amount bigint NOT NULL CHECK (amount > 0), memo varchar(10),
        epoch bigint NOT NULL DEFAULT current_setting('onceflow.epoch')::bigint);
      CREATE TABLE balances (account bigint PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0));
      """;

  private PaymentTables() {}

  static PostgresStore<Object> store(OnceflowDatabase database) {
    return store(database.config());
  }

  static PostgresStore<Object> store(PostgresConfig config) {
    return PostgresStore.<Object>at(config)
        .table(
            Payment.class,
            PostgresTable.<Payment>named("payments")
                .bigint("id", Payment::id)
                .bigint("amount", Payment::amount)
                .text("memo", Payment::memo))
        .table(
            Balance.class,
            PostgresTable.<Balance>named("balances")
                .bigint("account", Balance::account)
                .bigint("value", Balance::value)
                .upsertOn("account"));
  }

  /** Payments with ids from one number to another. */
  static List<Object> payments(long from, long to) {
    return LongStream.rangeClosed(from, to)
        .<Object>mapToObj(id -> new Payment(id, id * 10, "m"))
        .toList();
  }
}
