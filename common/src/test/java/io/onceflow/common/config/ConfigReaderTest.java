package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of("ROWS", "250", "TOPIC", "transfers", "ODD", "${ROWS}");

  private enum Color {
    RED,
    DARK_BLUE
  }

  private record Sample(String topic, int rows, Duration pause, MemorySize size, Color color) {}

  private static Sample sample(ConfigReader reader) {
    ConfigReader source = reader.group("source");
    return new Sample(
        source.string("topic", "Topic.").required(),
        source.integer("rows", "Rows.").between(1, 1000).orElse(100),
        source
            .duration("wait", "Wait.")
            .between(Duration.ofMillis(1), Duration.ofHours(1))
            .orElse(Duration.ofSeconds(30)),
        source.memorySize("size", "Size.").orElse(MemorySize.parse("1mb")),
        source.oneOf("color", Color.class, "Color.").orElse(Color.RED));
  }

  private static Settings yaml(String text) {
    return Settings.parse("job.yaml", text, ENVIRONMENT::get);
  }

  private static Sample read(String text) {
    return ConfigReader.read("the test", yaml(text), ConfigReaderTest::sample);
  }

  private static List<String> mistakes(String text) {
    return catchThrowableOfType(ConfigException.class, () -> read(text)).mistakes();
  }

  @Test
  void valuesKeepTheirTypesAndAbsentKeysTheirDefaults() {
    assertThat(read("source: {topic: t, wait: 500ms, size: 64kb, color: dark-blue}"))
        .isEqualTo(
            new Sample(
                "t", 100, Duration.ofMillis(500), MemorySize.parse("64kb"), Color.DARK_BLUE));
  }

  @Test
  void nestedAndDottedKeysMeanTheSame() {
    assertThat(read("source.topic: t\nsource: {rows: 5}"))
        .isEqualTo(read("source:\n  topic: t\n  rows: 5"));
  }

  @Test
  void allMistakesAreReportedInOneMessage() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> read("source:\n  rows: 0\n  wait: soon\n  colour: red\n  color: green"));
    assertThat(e)
        .hasMessage(
            """
            5 mistakes in the test:
              source.topic: is required: must be of type string
              source.rows = 0 (job.yaml:2): must be of type integer, between 1 and 1000
              source.wait = soon (job.yaml:3): must be of type duration such as 500ms, 10s or 5min, \
            between 1ms and 1h
              source.color = green (job.yaml:5): must be one of red, dark-blue
              source.colour (job.yaml:4): unknown key; did you mean source.color?""");
    assertThat(e.getStackTrace()).isEmpty();
  }

  @Test
  void anUnknownKeyWithoutANeighbourPointsToHelp() {
    assertThat(mistakes("source.topic: t\nxyzzy.quux: 1"))
        .containsExactly("xyzzy.quux (job.yaml:2): unknown key; --help lists the known ones");
  }

  @Test
  void anUnknownKeyInTheWrongGroupIsPointedToTheRightOne() {
    assertThat(mistakes("source.topic: t\nsink-of-postgres.rows: 1").get(0))
        .endsWith("did you mean source.rows?");
  }

  @Test
  void theValueOfAnUnknownKeyIsNotShown() {
    assertThat(mistakes("source.topic: t\nsource.pasword: hunter2").toString())
        .contains("source.pasword")
        .doesNotContain("hunter2");
  }

  @Test
  void aDurationWithoutAUnitIsAMistake() {
    assertThat(mistakes("source: {topic: t, wait: 30}")).hasSize(1);
  }

  @Test
  void theEnvironmentIsSubstitutedOnce() {
    assertThat(read("source: {topic: 'a-${TOPIC}-${NONE:b}', rows: '${ROWS}'}").topic())
        .isEqualTo("a-transfers-b");
    assertThat(read("source: {topic: '${ODD}'}").topic()).isEqualTo("${ROWS}");
    assertThat(read("source: {topic: '$${ROWS}'}").topic()).isEqualTo("${ROWS}");
    assertThat(read("source: {topic: '${NONE:}x'}").topic()).isEqualTo("x");
  }

  @Test
  void aVariableThatIsNotSetIsAMistakeThatNamesIt() {
    assertThat(mistakes("source.topic: ${MISSING}"))
        .containsExactly(
            "source.topic = ${MISSING} (job.yaml:1): the environment variable MISSING is not set;"
                + " set it or write ${MISSING:..}");
  }

  @Test
  void anUnfinishedReferenceIsAMistake() {
    assertThat(mistakes("source.topic: 'a${b'").get(0)).contains("has a ${ that is no reference");
  }

  @Test
  void theCommandLineWinsOverTheFileAndIsSubstitutedToo(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("job.yaml"), "source: {topic: file, rows: 5}");
    Arguments arguments =
        Arguments.parse("--config", file.toString(), "--set", "source.topic=${TOPIC}=x");
    Sample sample =
        ConfigReader.read(
            "the test", Settings.load(arguments, ENVIRONMENT::get), ConfigReaderTest::sample);
    assertThat(sample.topic()).isEqualTo("transfers=x");
    assertThat(sample.rows()).isEqualTo(5);
  }

  @Test
  void aMistakeOfTheCommandLineNamesItAsTheOrigin() {
    Arguments arguments = Arguments.parse("--set=source.topic=t", "--set", "source.rows=many");
    assertThatThrownBy(
            () -> ConfigReader.read("the test", Settings.load(arguments), ConfigReaderTest::sample))
        .hasMessageContaining("source.rows = many (--set): must be of type integer");
  }

  @Test
  void listsComeFromYamlAndFromCommas() {
    assertThat(list("hosts: [a, b]")).containsExactly("a", "b");
    assertThat(list("hosts: a, b")).containsExactly("a", "b");
    assertThatThrownBy(() -> list("hosts: []")).isInstanceOf(ConfigException.class);
    assertThat(mistakes("source.topic: [a, b]")).hasSize(1);
  }

  private static List<String> list(String text) {
    return ConfigReader.read(
        "the test", yaml(text), reader -> reader.list("hosts", "Hosts.").required());
  }

  @Test
  void aMapTakesOnlyWhatIsAllowed() {
    Settings settings = yaml("properties: {linger.ms: 5, sasl.jaas.config: evil}");
    assertThatThrownBy(
            () ->
                ConfigReader.read(
                    "the test",
                    settings,
                    reader -> reader.map("properties", Set.of("linger.ms"), "Property.")))
        .hasMessageContaining("properties.sasl.jaas.config (job.yaml:1): is not allowed here")
        .hasMessageNotContaining("evil");
  }

  @Test
  void aRecordsOwnCheckIsToldAsAMistake() {
    assertThatThrownBy(
            () ->
                ConfigReader.read(
                    "the test",
                    yaml(""),
                    reader -> {
                      throw new IllegalArgumentException("low must be below high");
                    }))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("low must be below high");
  }

  @Test
  void theReferenceIsGeneratedFromTheParser() {
    List<OptionReference> options = ConfigReader.describe(ConfigReaderTest::sample);
    assertThat(options)
        .contains(
            new OptionReference("source.topic", "string", "required", "", "Topic."),
            new OptionReference("source.rows", "integer", "100", "between 1 and 1000", "Rows."),
            new OptionReference("source.wait", "duration", "30s", "between 1ms and 1h", "Wait."),
            new OptionReference("source.color", "one of", "red", "red, dark-blue", "Color."));
    assertThat(OptionReference.asText(options)).contains("source.rows  (integer, default 100)");
    assertThat(OptionReference.asMarkdown(options)).contains("| `source.rows` | integer | 100 |");
  }
}
