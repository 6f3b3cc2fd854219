package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {

  private static final String CANARY = "S3CR3T-7f0d";

  @TempDir Path dir;

  private static Secret read(String yaml) {
    return ConfigReader.read(
        "the test",
        Settings.parse("job.yaml", yaml, name -> CANARY),
        reader -> reader.group("db").secret("password", "Password."));
  }

  @Test
  void aReferenceToTheEnvironmentIsNotResolvedAtSubmission() {
    assertThat(read("db.password: ${DB_PASSWORD}")).isEqualTo(Secret.fromEnv("DB_PASSWORD"));
  }

  @Test
  void aFileIsAReferenceToo() {
    assertThat(read("db.password-file: /run/secrets/db"))
        .isEqualTo(Secret.fromFile("/run/secrets/db"));
  }

  @Test
  void theTextItselfIsRefusedAndNeverPrinted() {
    for (String text : new String[] {CANARY, "x${DB}" + CANARY, "${DB:" + CANARY + "}"}) {
      assertThatThrownBy(() -> read("db.password: '" + text + "'"))
          .hasMessageContaining("db.password = ****** (job.yaml:1): must be ${NAME}")
          .hasMessageNotContaining(CANARY);
    }
  }

  @Test
  void theTextItselfIsRefusedOnTheCommandLine() {
    Settings settings = Settings.load(Arguments.parse("--set", "password=" + CANARY));
    assertThatThrownBy(
            () ->
                ConfigReader.read(
                    "the test", settings, reader -> reader.secret("password", "Password.")))
        .hasMessageContaining("--set")
        .hasMessageNotContaining(CANARY);
  }

  @Test
  void twoPlacesForOneSecretAreRefused() {
    assertThatThrownBy(() -> read("db: {password: '${A}', password-file: /b}"))
        .hasMessageContaining("both set");
  }

  @Test
  void aMissingSecretSaysBothWays() {
    assertThatThrownBy(() -> read(""))
        .hasMessageContaining("set db.password: ${NAME}, or db.password-file: /path");
  }

  @Test
  void aSerializedConfigurationHoldsTheReferenceOnly() throws Exception {
    Path file = Files.writeString(dir.resolve("password"), CANARY + "\n");
    PostgresConfig config =
        PostgresConfig.loopback(5432, "ledger", "ledger", Secret.fromFile(file.toString()));
    assertThat(config.password().reveal()).isEqualTo(CANARY);

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(config);
    assertThat(bytes.toString(StandardCharsets.ISO_8859_1))
        .contains(file.toString())
        .doesNotContain(CANARY);
    assertThat(config.toString()).contains("password=******").doesNotContain(CANARY);
  }

  @Test
  void anEnvironmentVariableIsRevealedWhereItIsNeeded() {
    assertThat(Secret.fromEnv("PATH").reveal()).isEqualTo(System.getenv("PATH"));
    assertThatThrownBy(() -> Secret.fromEnv("ONCEFLOW_NOT_SET").reveal())
        .hasMessageContaining("ONCEFLOW_NOT_SET");
  }

  @Test
  void anEmptyOrMissingFileIsRefused() throws Exception {
    Path empty = Files.writeString(dir.resolve("empty"), "\n");
    assertThatThrownBy(() -> Secret.fromFile(empty.toString()).reveal())
        .hasMessageContaining("is empty");
    assertThatThrownBy(() -> Secret.fromFile(dir.resolve("none").toString()).reveal())
        .hasMessageContaining("cannot be read");
  }
}
