package io.onceflow.common.sink.mariadb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.sink.postgres.Epochs;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every column type arrives as it was, by LOAD DATA and by the strict way around bad rows. */
class MariaDbTypesIT {

  private static final String DDL =
      """
      CREATE TABLE everything (id bigint PRIMARY KEY, bool boolean, small smallint, num int, big bigint, `real` float,
        dbl double, amount decimal(30, 6), txt text, bin varbinary(100), day date, dt datetime(6), ts timestamp(6) NULL,
        uid uuid, js json CHECK (json_valid(js)));
      CREATE TABLE numbers (id bigint PRIMARY KEY, value decimal(65, 30));
      CREATE TABLE doubles (id bigint PRIMARY KEY, d double, f float);
      """;

  private final MariaDbTables database = MariaDbTables.create(DDL);

  record Everything(
      long id,
      Boolean bool,
      Short small,
      Integer num,
      Long big,
      Float real,
      Double dbl,
      BigDecimal amount,
      String txt,
      byte[] bin,
      LocalDate day,
      LocalDateTime dt,
      Instant ts,
      UUID uid,
      String js) {

    static Everything nulls(long id) {
      return new Everything(
          id, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    static Everything of(long id, String txt) {
      return new Everything(
          id, null, null, null, null, null, null, null, txt, null, null, null, null, null, null);
    }
  }

  record Number(Long id, BigDecimal value) {}

  record Doubles(Long id, Double d, Float f) {}

  private MariaDbStore<Object> store() {
    return MariaDbStore.<Object>at(database.config())
        .table(
            Everything.class,
            MariaDbTable.<Everything>named("everything")
                .bigint("id", Everything::id)
                .bool("bool", Everything::bool)
                .smallint("small", Everything::small)
                .integer("num", Everything::num)
                .bigint("big", Everything::big)
                .real("real", Everything::real)
                .doublePrecision("dbl", Everything::dbl)
                .decimal("amount", Everything::amount)
                .text("txt", Everything::txt)
                .blob("bin", Everything::bin)
                .date("day", Everything::day)
                .datetime("dt", Everything::dt)
                .timestamp("ts", Everything::ts)
                .uuid("uid", Everything::uid)
                .json("js", Everything::js))
        .table(
            Number.class,
            MariaDbTable.<Number>named("numbers")
                .bigint("id", Number::id)
                .decimal("value", Number::value))
        .table(
            Doubles.class,
            MariaDbTable.<Doubles>named("doubles")
                .bigint("id", Doubles::id)
                .doublePrecision("d", Doubles::d)
                .real("f", Doubles::f));
  }

  /** With a row that the server refuses, all others take the other way. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyTypeArrivesAsItWas(boolean besideABadRow) throws Exception {
    var text = "grüß \uD83D\uDE00 \"quoted\" 'and' \\ \t \n \r \0 \\N \u001a,";
    var row =
        new Everything(
            1,
            true,
            Short.MIN_VALUE,
            Integer.MIN_VALUE,
            Long.MIN_VALUE,
            1.5f,
            -0.1,
            new BigDecimal("-12345.678900"),
            text,
            new byte[] {0, -1, 127, '\t', '\n', '\\'},
            LocalDate.of(1582, 10, 4),
            LocalDateTime.of(2026, 3, 29, 2, 30, 0, 123_456_789),
            Instant.parse("2026-03-29T01:30:00.000001Z"),
            UUID.fromString("00000000-0000-0000-8000-0000000000ff"),
            "{\"a\": 1}");
    write(besideABadRow, row, Everything.of(2, ""));

    assertThat(
            database.column(
                """
                SELECT concat_ws('|', id, bool, small, num, big, `real`, dbl, amount, hex(txt), hex(bin), day, dt,
                  unix_timestamp(ts), uid, js) FROM everything WHERE id = 1
                """))
        .containsExactly(
            "1|1|-32768|-2147483648|-9223372036854775808|1.5|-0.1|-12345.678900|"
                + java.util.HexFormat.of()
                    .withUpperCase()
                    .formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                + "|00FF7F090A5C|1582-10-04|2026-03-29 02:30:00.123456|1774747800.000001"
                + "|00000000-0000-0000-8000-0000000000ff|{\"a\": 1}");
    assertThat(database.column("SELECT txt = '' FROM everything WHERE id = 2"))
        .containsExactly("1");
    assertThat(database.number("SELECT count(*) FROM OF.dead_letter"))
        .isEqualTo(besideABadRow ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nullIsNullInEveryColumn(boolean besideABadRow) throws Exception {
    write(besideABadRow, Everything.nulls(2));
    assertThat(
            database.number(
                """
                SELECT count(*) FROM everything WHERE coalesce(bool, small, num, big, `real`, dbl, amount) IS NULL
                  AND txt IS NULL AND bin IS NULL AND day IS NULL AND dt IS NULL AND ts IS NULL AND uid IS NULL AND js IS NULL
                """))
        .isEqualTo(1);
  }

  private void write(boolean besideABadRow, Object... rows) throws Exception {
    var all = new ArrayList<>(List.of(rows));
    if (besideABadRow) {
      all.add(
          0,
          new Everything(
              99, null, null, null, null, null, null, null, null, null, null, null, null, null,
              "{"));
    }
    write(all);
  }

  @Test
  void numbersOfAnyScaleKeepEveryDigitThatTheirColumnHas() throws Exception {
    var random = new SplittableRandom(7);
    var numbers = new ArrayList<Number>();
    for (var text : List.of("0", "0.000", "1", "10000", "-0.0001", "1E+20", "1E-20")) {
      numbers.add(new Number((long) numbers.size(), new BigDecimal(text)));
    }
    for (var i = 0; i < 300; i++) {
      var unscaled = new BigInteger(random.nextInt(1, 110), new java.util.Random(i));
      numbers.add(
          new Number(
              (long) numbers.size(),
              new BigDecimal(i % 2 == 0 ? unscaled : unscaled.negate(), random.nextInt(-1, 30))));
    }
    write(numbers);
    var expected =
        numbers.stream().map(number -> number.value().setScale(30).toPlainString()).toList();
    assertThat(database.column("SELECT value FROM numbers ORDER BY id")).isEqualTo(expected);
  }

  @Test
  void floatingPointNumbersKeepEveryBit() throws Exception {
    var random = new SplittableRandom(11);
    var rows = new ArrayList<Doubles>();
    rows.add(new Doubles(0L, Double.MIN_VALUE, Float.MIN_NORMAL));
    rows.add(new Doubles(1L, Double.MAX_VALUE, Float.MAX_VALUE));
    rows.add(new Doubles(2L, -0.0, 1e-10f));
    while (rows.size() < 500) {
      var d = Double.longBitsToDouble(random.nextLong());
      var f = Float.intBitsToFloat(random.nextInt());
      if (Double.isFinite(d) && Float.isFinite(f)) {
        rows.add(new Doubles((long) rows.size(), d, f));
      }
    }
    write(rows);
    try (var connection = database.database().connect();
        var statement = connection.prepareStatement("SELECT id, d, f + 0.0e0 FROM doubles")) {
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          var expected = rows.get((int) row.getLong(1));
          assertThat(row.getDouble(2)).isEqualTo(expected.d());
          assertThat((float) row.getDouble(3)).isEqualTo(expected.f());
        }
      }
    }
    assertThat(database.number("SELECT count(*) FROM doubles")).isEqualTo(500);
  }

  @Test
  void aValueThatNoColumnCanHoldIsRejectedBeforeItIsSent() {
    for (var row :
        List.of(
            Everything.of(3, "a\uD800"),
            new Doubles(1L, Double.NaN, null),
            new Doubles(1L, null, Float.NEGATIVE_INFINITY),
            new Number(1L, new BigDecimal("1E+600000000")),
            new Number(1L, new BigDecimal("1E-600000000")),
            at(LocalDateTime.of(999, 12, 31, 23, 59), null),
            at(LocalDateTime.of(10_000, 1, 1, 0, 0), null),
            at(null, Instant.MAX))) {
      assertThatThrownBy(() -> write(List.of(row)))
          .isInstanceOf(RowRejectedException.class)
          .hasMessageContaining("Column");
    }
  }

  @Test
  void aTimeThatItsColumnCannotHoldIsADeadLetter() throws Exception {
    write(List.of(at(null, Instant.parse("1969-12-31T23:59:59Z")), Everything.of(7, "good")));
    assertThat(database.column("SELECT id FROM everything")).containsExactly("7");
    assertThat(database.column("SELECT code FROM OF.dead_letter")).containsExactly("1292");
  }

  private static Everything at(LocalDateTime dt, Instant ts) {
    return new Everything(
        6, null, null, null, null, null, null, null, null, null, null, dt, ts, null, null);
  }

  private void write(List<?> rows) throws Exception {
    var epochs = new Epochs<>(store());
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, rows), Epochs.segments());
    }
  }
}
