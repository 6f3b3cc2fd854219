package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.RowRejectedException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PostgresTypesIT {

  record Everything(
      Integer id,
      Boolean bool,
      Short small,
      Long big,
      Float real,
      Double dbl,
      BigDecimal num,
      String text,
      byte[] bytes,
      LocalDate date,
      LocalDateTime ts,
      Instant tstz,
      UUID uuid,
      String json,
      String jsonb,
      String mood) {}

  record Number(Long id, BigDecimal value) {}

  private static final String DDL =
      """
      CREATE TYPE mood AS ENUM ('glad', 'sad');
      CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
      CREATE TABLE everything (id positive PRIMARY KEY, bool boolean, small smallint, big bigint, "real" real,
        dbl double precision, num numeric, text text, bytes bytea, date date, ts timestamp, tstz timestamptz,
        uuid uuid, json json, jsonb jsonb, mood mood);
      CREATE TABLE numbers (id bigint, value numeric);
      """;

  private final OnceflowDatabase database = OnceflowDatabase.create(DDL);

  private PostgresStore<Object> store() {
    return PostgresStore.<Object>at(database.config())
        .table(
            Everything.class,
            PostgresTable.<Everything>named("everything")
                .integer("id", Everything::id)
                .bool("bool", Everything::bool)
                .smallint("small", Everything::small)
                .bigint("big", Everything::big)
                .real("real", Everything::real)
                .doublePrecision("dbl", Everything::dbl)
                .numeric("num", Everything::num)
                .text("text", Everything::text)
                .bytea("bytes", Everything::bytes)
                .date("date", Everything::date)
                .timestamp("ts", Everything::ts)
                .timestamptz("tstz", Everything::tstz)
                .uuid("uuid", Everything::uuid)
                .json("json", Everything::json)
                .jsonb("jsonb", Everything::jsonb)
                .text("mood", Everything::mood))
        .table(
            Number.class,
            PostgresTable.<Number>named("numbers")
                .bigint("id", Number::id)
                .numeric("value", Number::value));
  }

  @Test
  void everyTypeComesBackAsItWasWritten() throws Exception {
    var row =
        new Everything(
            1,
            true,
            Short.MIN_VALUE,
            Long.MAX_VALUE,
            1.5f,
            -0.1,
            new BigDecimal("-12345.678900"),
            "grüß \uD83D\uDE00 \"quoted\" \\ \t",
            new byte[] {0, -1, 127},
            LocalDate.of(1582, 10, 4),
            LocalDateTime.of(2026, 3, 29, 2, 30, 0, 123_456_789),
            Instant.parse("1969-12-31T23:59:59.999999Z"),
            UUID.fromString("00000000-0000-0000-8000-0000000000ff"),
            "{\"a\": 1}",
            "{\"b\":[null]}",
            "sad");
    write(row);

    assertThat(
            database.column(
                """
                SELECT concat_ws('|', id, bool, small, big, "real", dbl, num, text, bytes, date, ts,
                  tstz AT TIME ZONE 'UTC', uuid, json, jsonb, mood) FROM everything
                """))
        .containsExactly(
            "1|t|-32768|9223372036854775807|1.5|-0.1|-12345.678900|grüß \uD83D\uDE00 \"quoted\" \\ \t|\\x00ff7f"
                + "|1582-10-04|2026-03-29 02:30:00.123456|1969-12-31 23:59:59.999999"
                + "|00000000-0000-0000-8000-0000000000ff|{\"a\": 1}|{\"b\": [null]}|sad");
  }

  @Test
  void nullIsNullInEveryColumn() throws Exception {
    write(
        new Everything(
            2, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null));

    assertThat(
            database.number(
                "SELECT num_nulls(bool, small, big, \"real\", dbl, num, text, bytes, date, ts, tstz, uuid, json, jsonb, mood) FROM everything"))
        .isEqualTo(15);
  }

  @Test
  void numbersOfAnyScaleKeepEveryDigit() throws Exception {
    var random = new SplittableRandom(7);
    var numbers = new java.util.ArrayList<Number>();
    for (var text : List.of("0", "0.000", "1", "10000", "9999", "-0.0001", "1E+20", "1E-20")) {
      numbers.add(new Number((long) numbers.size(), new BigDecimal(text)));
    }
    for (var i = 0; i < 500; i++) {
      var digits = new StringBuilder(random.nextBoolean() ? "-" : "");
      for (var d = random.nextInt(1, 40); d > 0; d--) {
        digits.append(random.nextInt(10));
      }
      var unscaled = new java.math.BigInteger(digits.toString());
      numbers.add(
          new Number((long) numbers.size(), new BigDecimal(unscaled, random.nextInt(-5, 30))));
    }
    write(numbers.toArray());

    var expected =
        numbers.stream()
            .map(
                number ->
                    (number.value().scale() < 0 ? number.value().setScale(0) : number.value())
                        .toPlainString())
            .toList();
    assertThat(database.column("SELECT value FROM numbers ORDER BY id")).isEqualTo(expected);
  }

  @Test
  void aValueThatNoColumnCanHoldIsRejectedBeforeItIsSent() {
    var nul =
        new Everything(
            3, null, null, null, null, null, null, "a\0b", null, null, null, null, null, null, null,
            null);
    var half =
        new Everything(
            4, null, null, null, null, null, null, "a\uD800", null, null, null, null, null, null,
            null, null);
    var far =
        new Everything(
            5,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            Instant.MAX,
            null,
            null,
            null,
            null);

    var huge = new Number(1L, new BigDecimal("1E+600000000"));
    var tiny = new Number(1L, new BigDecimal("1E-20000"));
    for (var row : List.of(nul, half, far, huge, tiny)) {
      assertThatThrownBy(() -> write(row))
          .isInstanceOf(RowRejectedException.class)
          .hasMessageContaining("Column");
    }
  }

  private void write(Object... rows) throws Exception {
    var epochs = new Epochs<>(store());
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, List.of(rows)), Epochs.segments());
    }
  }
}
