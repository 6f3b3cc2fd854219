package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.job.JobMain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RunMainTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-such-option",
        "--duration=soon",
        "--rate=-1",
        "--rate=fast",
        "--job=unknown",
        "--state=memory",
        "--groups=0",
        "--malformed=1001",
        "--pending=600",
        "--partitions=0",
        "--max-commands=-1",
        "--web-port=70000",
        "--feed=/no/such/file",
        "--set=sink.scope=subtask"
      })
  void aMistakeInTheArgumentsIsCodeTwo(String argument) {
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new RunMain()).setErr(new PrintWriter(err));
    assertThat(line.execute(argument)).isEqualTo(2);
  }

  @Test
  void aKeyThatTheCheckCountsOnCannotBeSet() {
    for (String job : List.of("ledger", "pipeline")) {
      var runnable = Jobs.byName(job);
      var known = JobMain.help(runnable.job());
      for (String key : runnable.checkedKeys()) {
        assertThat(known).as("the job has no key of this name").contains("\n" + key + "  (");
        RunOptions options = new RunOptions();
        new CommandLine(options)
            .parseArgs("--job", job, "--set", "sink.id=other", "--set", " " + key + "=1");
        assertThatThrownBy(options::check)
            .isInstanceOf(UsageException.class)
            .hasMessageStartingWith("--set  " + key + "=1: " + key + " cannot be set in a run");
        RunOptions others = new RunOptions();
        new CommandLine(others).parseArgs("--job", job, "--set", "sink.id=" + key);
        others.check();
      }
    }
  }

  @Test
  void helpNamesEveryOptionAndIsCodeZero() {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new RunMain()).setOut(new PrintWriter(out));
    assertThat(line.execute("--help")).isZero();
    assertThat(out.toString()).contains("--duration", "--seed", "--data-dir", "--linked");
    assertThat(out.toString()).contains("per epoch, from its seal in the sink");
  }

  @ParameterizedTest
  @CsvSource({"500ms,500", "30s,30000", "5m,300000", "1h,3600000", "7,7000"})
  void durationsAreReadWithTheirUnit(String text, long ms) {
    assertThat(new RunOptions.Seconds().convert(text)).isEqualTo(Duration.ofMillis(ms));
  }

  @ParameterizedTest
  @CsvSource({
    "'', rocksdb",
    "--duration=30s, heap",
    "--duration=6m, rocksdb",
    "--feed=commands.jsonl, heap",
    "--state=heap, heap"
  })
  void aLongRunKeepsItsStateInRocksDbUnlessToldOtherwise(String argument, String state) {
    RunOptions options = new RunOptions();
    new CommandLine(options)
        .parseArgs(argument.isEmpty() ? new String[0] : new String[] {argument});
    assertThat(options.state()).hasToString(state);
  }

  @ParameterizedTest
  @CsvSource({"1,0,2500000", "8,0,10000000", "8,7,7"})
  void aRunSendsAtMostWhatItsCheckHasMemoryFor(int partitions, long asked, long limit) {
    RunOptions options = new RunOptions();
    new CommandLine(options).parseArgs("--max-commands=" + asked);
    assertThat(options.maxCommands(partitions)).isEqualTo(limit);
  }
}
