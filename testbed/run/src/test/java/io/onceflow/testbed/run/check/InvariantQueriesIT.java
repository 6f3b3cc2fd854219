package io.onceflow.testbed.run.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.onceflow.ledger.ResultCode;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every invariant, and the same query in docs/ledger.md, on rows with one damage: the invariant
 * that is damaged says so, and no other does. The damage is rolled back.
 */
class InvariantQueriesIT {

  private static final String RESOLVED = "a pending transfer is resolved once";
  private static final String BALANCES = "balances = sum of transfers";
  private static final String LIMIT = "no account beyond its limit";
  private static final String DENSE = "seq dense per group";
  private static final String RESULTS = "a transfer per created result";
  private static final String REFUSED = "a refused id is never accepted";
  private static final String WHOLE = "every epoch is whole";
  private static final String MARKERS = "every row has its epoch's marker";
  private static final String ORDER = "epochs in the order of their checkpoints";

  /** The numbers in docs/ledger.md; epochs are the sink's, so they are not there. */
  private static final Map<String, Integer> NUMBERS =
      Map.of(
          BALANCES,
          1,
          "debits = credits",
          2,
          LIMIT,
          3,
          DENSE,
          4,
          RESOLVED,
          5,
          RESULTS,
          6,
          REFUSED,
          7);

  private static SmallLedger ledger;
  private static Map<Integer, String> documented;

  @BeforeAll
  static void start() throws Exception {
    ledger = SmallLedger.create();
    documented = documented();
  }

  static Stream<Arguments> damages() {
    return Stream.concat(damagesOfTheLedger(), damagesOfEpochs());
  }

  private static Stream<Arguments> damagesOfTheLedger() {
    return Stream.of(
        arguments("debits = credits", "UPDATE ledger.accounts SET ledger = 840 WHERE account = 2"),
        arguments(
            LIMIT,
            "UPDATE ledger.accounts SET debits_must_not_exceed_credits = true WHERE account = 1"),
        arguments(
            LIMIT,
            "UPDATE ledger.accounts SET credits_must_not_exceed_debits = true WHERE account = 2"),
        arguments(
            LIMIT,
            """
            UPDATE ledger.transfers SET posted_delta = -100 WHERE seq = 1;
            UPDATE ledger.accounts SET debits_posted = -100 WHERE account = 1;
            UPDATE ledger.accounts SET credits_posted = -100, debits_must_not_exceed_credits = false WHERE account = 2
            """),
        arguments(
            BALANCES,
            """
            UPDATE ledger.accounts SET debits_posted = debits_posted + 1 WHERE account = 1;
            UPDATE ledger.accounts SET credits_posted = credits_posted + 1 WHERE account = 2
            """),
        arguments(BALANCES, "DELETE FROM ledger.accounts"),
        arguments(DENSE, "UPDATE ledger.transfers SET seq = 6 WHERE seq = 5"),
        arguments(
            DENSE,
            """
            UPDATE ledger.transfers SET seq = seq + 10;
            UPDATE ledger.results SET seq = seq + 10
            """),
        arguments(
            RESOLVED,
            "UPDATE ledger.transfers SET pending_id = " + SmallLedger.CREATED + " WHERE seq = 3"),
        arguments(
            RESOLVED,
            "UPDATE ledger.transfers SET pending_id = (SELECT pending_id FROM ledger.transfers"
                + " WHERE seq = 3) WHERE seq = 5"),
        arguments(
            RESOLVED,
            """
            UPDATE ledger.transfers SET pending_delta = -20 WHERE seq = 3;
            UPDATE ledger.accounts SET debits_pending = 10 WHERE account = 2;
            UPDATE ledger.accounts SET credits_pending = 10 WHERE account = 1
            """),
        arguments(
            RESULTS,
            "UPDATE ledger.results SET id = '00000000-0000-7000-8000-00000000000a' WHERE seq = 1"),
        arguments(RESULTS, "UPDATE ledger.results SET result = 'exists' WHERE seq = 1"));
  }

  private static Stream<Arguments> damagesOfEpochs() {
    return Stream.of(
        arguments(WHOLE, "DELETE FROM ledger.results WHERE record_offset = 5"),
        arguments(
            WHOLE,
            "INSERT INTO ledger.results SELECT 0, 8, 0, grp, id, NULL, result, NULL, log_time, epoch"
                + " FROM ledger.results WHERE record_offset = 7"),
        arguments(
            WHOLE,
            "UPDATE onceflow.marker SET rows_by_target = rows_by_target || '{\"ledger.transfers\": 2}' WHERE epoch = 3"),
        arguments(
            WHOLE,
            "UPDATE onceflow.marker SET rows_by_target = rows_by_target - 'ledger.transfers' WHERE epoch = 3"),
        arguments(MARKERS, "DELETE FROM onceflow.marker WHERE epoch = 2"),
        arguments(ORDER, "UPDATE onceflow.marker SET checkpoint_id = 9 WHERE epoch = 2"));
  }

  @Test
  void noneIsBrokenWhenAllIsWell() throws SQLException {
    assertBroken("", null);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("damages")
  void exactlyTheInvariantThatIsDamagedIsBroken(String name, String damage) throws SQLException {
    assertBroken(damage, name);
  }

  @ParameterizedTest
  @EnumSource(ResultCode.class)
  void anIdThatWasBurnedAndIsAcceptedIsFoundWhateverBurnedIt(ResultCode code) throws SQLException {
    boolean failed = code.burnsId() || code == ResultCode.ID_ALREADY_FAILED;
    String damage =
        "UPDATE ledger.results SET id = %s, result = '%s' WHERE record_offset = 5"
            .formatted(SmallLedger.CREATED, code.text());
    assertBroken(damage, failed ? REFUSED : null);
  }

  @Test
  void aRejectedRowIsNotMissingInItsEpoch() throws SQLException {
    assertBroken(
        """
        DELETE FROM ledger.results WHERE record_offset = 5;
        INSERT INTO onceflow.dead_letter (sink_id, epoch, target) VALUES ('ledger', 2, 'ledger.results')
        """,
        null);
  }

  @Test
  void everyInvariantHasADamageAndItsCopyInTheDocs() {
    Set<String> damaged =
        damages().map(damage -> (String) damage.get()[0]).collect(Collectors.toSet());
    damaged.add(REFUSED);
    Set<String> all = new LinkedHashSet<>(Invariants.LIGHT.keySet());
    all.addAll(Invariants.HEAVY.keySet());
    assertThat(damaged).isEqualTo(all);
    assertThat(documented.keySet()).hasSameElementsAs(NUMBERS.values());
  }

  @Test
  void theDocsListTheCodesThatBurnAnId() {
    Set<String> codes =
        Pattern.compile("'([a-z_]+)'")
            .matcher(documented.get(NUMBERS.get(REFUSED)))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toSet());
    assertThat(codes)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(ResultCode.values())
                .filter(code -> code.burnsId() || code == ResultCode.ID_ALREADY_FAILED)
                .map(ResultCode::text)
                .toList());
  }

  private static void assertBroken(String damage, String name) throws SQLException {
    try (Connection connection = ledger.connect()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(damage);
      }
      List<String> names =
          Stream.concat(
                  Invariants.broken(connection, Invariants.LIGHT).stream(),
                  Invariants.broken(connection, Invariants.HEAVY).stream())
              .map(line -> line.substring(0, line.indexOf(": ")))
              .toList();
      assertThat(names).isEqualTo(name == null ? List.of() : List.of(name));
      Integer number = name == null ? null : NUMBERS.get(name);
      assertThat(brokenInTheDocs(connection)).isEqualTo(number == null ? Set.of() : Set.of(number));
      connection.rollback();
    }
  }

  private static Set<Integer> brokenInTheDocs(Connection connection) throws SQLException {
    Set<Integer> broken = new LinkedHashSet<>();
    for (Map.Entry<Integer, String> query : documented.entrySet()) {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(query.getValue())) {
        if (rows.next()) {
          broken.add(query.getKey());
        }
      }
    }
    return broken;
  }

  /** The queries of docs/ledger.md by their numbers. */
  private static Map<Integer, String> documented() throws IOException {
    String text = Files.readString(SmallLedger.repository().resolve("docs/ledger.md"));
    Map<Integer, String> queries = new TreeMap<>();
    var blocks = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL).matcher(text).results();
    blocks
        .flatMap(block -> Arrays.stream(block.group(1).split("(?m)^(?=-- [0-9]+\\. )")))
        .filter(query -> !query.isBlank())
        .forEach(
            query ->
                queries.put(
                    Integer.parseInt(query.substring(3, query.indexOf('.'))),
                    query.substring(query.indexOf('\n') + 1)));
    return queries;
  }
}
