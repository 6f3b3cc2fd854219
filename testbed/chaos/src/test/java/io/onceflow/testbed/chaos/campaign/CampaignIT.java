package io.onceflow.testbed.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a user runs it, in a process of its own. */
class CampaignIT {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

  @TempDir Path directory;

  private record Run(int exitCode, List<String> output) {}

  private Run chaos(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", CampaignMain.class.getName()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(ROOT.toFile()).redirectErrorStream(true);
    builder.environment().put("CLASSPATH", absoluteClassPath());
    var output = directory.resolve("output").toFile();
    var process = builder.redirectOutput(output).start();
    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    return new Run(process.exitValue(), Files.readAllLines(output.toPath()));
  }

  private static String absoluteClassPath() {
    var entries = new ArrayList<String>();
    for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }

  @Test
  void aDefectOfTheSinkIsFoundAndEndsTheCampaign() throws Exception {
    var kept = directory.resolve("kept");

    var run =
        chaos(
            "--schedules=4",
            "--pace=short",
            "--strategy=staged",
            "--bug=commit-twice",
            "--faults=kill-taskmanager,lost-reply",
            "--keep=" + kept);

    assertThat(run.output())
        .last()
        .asString()
        // In the first schedule, or the next if the defective commit came after its check.
        .matches("CHAOS postgres schedules=[123] kills=.*")
        .doesNotContain(" lost=0 duplicated=0 torn=0 ");
    assertThat(run.exitCode()).as(String.join("\n", run.output())).isEqualTo(1);
    assertThat(String.join("\n", run.output())).contains("VIOLATION", "Replay: make chaos");
    assertThat(kept.resolve("report.html")).content().contains("Schedule 0");
    assertThat(kept.resolve("postgres-staged").resolve("history.jsonl")).isNotEmptyFile();
  }

  /** What `make chaos-short` does, with one schedule instead of twelve for each. */
  @Test
  void aShortCampaignAgainstAllStoresIsClean() throws Exception {
    var run = chaos("--short", "--schedules=1", "--seed=5", "--keep=" + directory.resolve("kept"));

    assertThat(run.exitCode()).as(String.join("\n", run.output())).isZero();
    var last = run.output().subList(run.output().size() - 5, run.output().size());
    assertThat(last)
        .allMatch(line -> line.startsWith("CHAOS ") && line.contains(" schedules=1 "))
        .allMatch(line -> line.contains(" lost=0 duplicated=0 torn=0 in-doubt=0 "))
        .allMatch(line -> line.contains(" stuck=0 unexpected=0 "));
  }

  @Test
  void aKindThatIsNotThereIsAMistakeThatNamesAllKinds() throws Exception {
    var run = chaos("--faults=kill-everything");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(String.join("\n", run.output()))
        .contains("\"kill-everything\" is no kind of fault", "kill-taskmanager");
  }
}
