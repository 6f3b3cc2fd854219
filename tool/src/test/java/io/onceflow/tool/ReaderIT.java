package io.onceflow.tool;

import static io.onceflow.tool.ToolDatabase.SINK;
import static io.onceflow.tool.ToolDatabase.WRITER;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.servers.RoleScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool with the rights of a reader alone: it shows all there is and changes nothing. */
class ReaderIT {

  private static final String OWN = "of.%s.%s.1.7".formatted(SINK, WRITER);

  private static final String PREPARED =
      "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";

  @TempDir Path directory;
  private final String reader = "reader_" + UUID.randomUUID().toString().substring(0, 8);
  private ToolDatabase database;
  private Path config;

  @BeforeEach
  void create() throws Exception {
    database = ToolDatabase.create(directory);
    database.sql(
        """
        CREATE TABLE payments (id bigint PRIMARY KEY, epoch bigint NOT NULL DEFAULT 1);
        INSERT INTO payments SELECT generate_series(1, 10)
        """);
    database.sink(7);
    database.marker(7, 10, 60);
    database.administer("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(reader, reader));
    var server = database.database().server();
    for (var roles : List.of("roles.sql", "register-roles.sql")) {
      if (roles.startsWith("register")) {
        database.sql(Files.readString(Path.of("../flink-conf/sql/register.sql")));
      }
      database.sql(
          RoleScript.fill(
              Path.of("../flink-conf/sql", roles),
              database.database().name(),
              server.jobUser(),
              reader));
    }
    database.sql("GRANT SELECT ON payments TO " + reader);
    var password =
        Files.createFile(
            directory.resolve("reader-password"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(password, reader);
    config = directory.resolve("reader.yaml");
    Files.writeString(
        config,
        Files.readString(database.config())
            .replace("user: " + server.jobUser(), "user: " + reader)
            .replace(server.passwordFile().toString(), password.toString()));
  }

  @AfterEach
  void drop() {
    database
        .column(PREPARED)
        .forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
    database.administer("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(reader));
  }

  private ToolResult tool(String... arguments) {
    var all = new java.util.ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", config.toString()));
    return ToolResult.run(all.toArray(String[]::new));
  }

  @Test
  void allThatIsThereIsShown() {
    database.prepareWithMarker(OWN, "INSERT INTO payments VALUES (80)");
    var inDoubt = tool("in-doubt");
    assertThat(inDoubt.exit()).as(inDoubt.err()).isZero();
    assertThat(inDoubt.out()).contains(OWN, "1 transaction(s) in doubt.");

    var markers = tool("markers");
    assertThat(markers.exit()).as(markers.err()).isZero();
    assertThat(markers.out()).contains("Sink " + SINK, "/checkpoints/chk-7");

    var verify = tool("verify");
    assertThat(verify.exit()).as(verify.out() + verify.err()).isLessThanOrEqualTo(1);
    assertThat(verify.out()).contains("payments");

    var letters = tool("dead-letters", "list");
    assertThat(letters.exit()).as(letters.err()).isZero();
  }

  @Test
  void nothingIsChangedByAReader() throws Exception {
    database.sql(
        """
        INSERT INTO onceflow.dead_letter (sink_id, epoch, target, code, reason, row_text)
        VALUES ('%s', 1, 'public.payments', '23505', 'r', '{"id": "90"}')
        """
            .formatted(SINK));
    var before = database.column("SELECT owner_run FROM onceflow.sink");
    var letter = database.column("SELECT id::text FROM onceflow.dead_letter").get(0);
    database.prepareWithMarker(TestEpochs.id(8), "INSERT INTO payments VALUES (80)");
    var checkpoint = CheckpointFile.write(directory, 8, TestEpochs.epoch(8, 7, 8));

    var resolve = tool("resolve", "--checkpoint", checkpoint.toString(), "--execute");
    var discard = tool("dead-letters", "discard", letter, "--reason", "test", "--execute");

    assertThat(resolve.exit()).as(resolve.out() + resolve.err()).isEqualTo(3);
    assertThat(resolve.out()).contains("only that role can settle it");
    assertThat(discard.exit()).as(discard.out()).isEqualTo(2);
    assertThat(discard.err()).contains("permission denied");
    assertThat(database.column("SELECT owner_run FROM onceflow.sink")).isEqualTo(before);
    assertThat(
            database.column(
                "SELECT count(*)::text FROM onceflow.dead_letter WHERE settled IS NULL"))
        .containsExactly("1");
    assertThat(database.column("SELECT count(*)::text FROM onceflow.audit")).containsExactly("0");
    assertThat(database.column(PREPARED)).containsExactly(TestEpochs.id(8));
  }
}
