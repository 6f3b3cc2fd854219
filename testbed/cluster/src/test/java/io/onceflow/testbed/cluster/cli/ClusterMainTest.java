package io.onceflow.testbed.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes are told in a sentence, with the exit code of a mistake. */
class ClusterMainTest {
  @TempDir private Path directory;

  @Test
  void withoutAClusterEveryCommandSaysSo() {
    assertThat(cluster("status"))
        .isEqualTo(new Told(1, "No cluster is up; start one: make cluster-up\n"));
    assertThat(cluster("down")).isEqualTo(new Told(1, "No cluster is up.\n"));
    for (String command : List.of("submit", "stop", "savepoint", "cancel")) {
      Told told = cluster(command);
      assertThat(told.code()).as(command).isEqualTo(2);
      assertThat(told.text()).as(command).containsAnyOf("No cluster is up", "is not there");
    }
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : List.of("up", "down", "restore", "rescale", "load", "logs")) {
      Told told = Told.of(command, "--help");
      assertThat(told.code()).as(command).isZero();
      assertThat(told.text()).startsWith("Usage: cluster " + command);
    }
    assertThat(Told.of("--help").text()).contains("savepoint").doesNotContain("supervise");
  }

  @Test
  void whatCannotBeIsAMistakeBeforeAnythingStarts() throws IOException {
    assertThat(cluster("up", "--taskmanagers", "0"))
        .isEqualTo(new Told(2, "--taskmanagers 0: must be 1 to 16.\n"));
    assertThat(cluster("up", "--ha", "etcd").code()).isEqualTo(2);
    assertThat(Told.of("bogus").code()).isEqualTo(2);
    assertThat(cluster("restore").text()).contains("--from");
    assertThat(Told.of("load", "--duration", "soon").code()).isEqualTo(2);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Told told = cluster("up", "--web-port", Integer.toString(taken.getLocalPort()));
      assertThat(told.code()).isEqualTo(2);
      assertThat(told.text()).contains("something listens there already");
    }
    assertThat(directory.resolve("log")).doesNotExist();
  }

  @Test
  void aProcessThatOnlyHasThePidIsNotTheCluster() {
    Identity self = Identity.ofThisProcess();
    assertThat(self.isAlive()).isTrue();
    write(new Identity(self.pid(), self.started() - 1));
    assertThat(cluster("status").code()).isEqualTo(1);
    assertThat(cluster("down")).isEqualTo(new Told(1, "No cluster is up.\n"));
    write(self);
    assertThat(cluster("up"))
        .matches(told -> told.code() == 2)
        .matches(told -> told.text().startsWith("A cluster is up already (supervisor "));
    assertThat(cluster("restore", "--from", "/nowhere").text()).contains("still starting");
  }

  @Test
  void aPathWithoutASavepointIsSaidToBeNone() throws IOException {
    Path data = directory.resolve("with a space");
    Path savepoint = Files.createDirectories(data.resolve("savepoints/savepoint-012345-aa"));
    assertThat(Told.mistake(() -> Snapshots.find(savepoint.toString(), data, "ledger")))
        .contains("is no savepoint");
    Files.writeString(savepoint.resolve("_metadata"), "");
    assertThat(Told.mistake(() -> Snapshots.find("latest", data, "ledger")))
        .startsWith("There is no savepoint and no checkpoint of job ledger");
    assertThat(Snapshots.find("file:" + savepoint, data, "ledger")).isEqualTo(savepoint.toString());
    assertThat(Snapshots.find("s3://bucket/savepoint-1", data, "ledger"))
        .isEqualTo("s3://bucket/savepoint-1");
  }

  @Test
  void theLatestOfAJobIsItsOwn() throws IOException {
    Path ledgers = Files.createDirectories(directory.resolve("savepoints/savepoint-012345-aa"));
    Path pipelines =
        Files.createDirectories(directory.resolve("checkpoints").resolve("f".repeat(32)))
            .resolve("chk-3");
    Files.createDirectories(pipelines);
    Files.writeString(ledgers.resolve("_metadata"), "");
    Files.writeString(pipelines.resolve("_metadata"), "");
    Snapshots.note(directory, "ledger", "0123456789abcdef0123456789abcdef");
    Snapshots.note(directory, "pipeline", "e".repeat(32));
    Snapshots.note(directory, "pipeline", "f".repeat(32));
    assertThat(Snapshots.find("latest", directory, "ledger")).isEqualTo(ledgers.toString());
    assertThat(Snapshots.find("latest", directory, "pipeline")).isEqualTo(pipelines.toString());
  }

  private void write(Identity supervisor) {
    new ClusterState(supervisor, false, List.of(), "", List.of(), Map.of(), false).write(directory);
  }

  private Told cluster(String command, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = command;
    all[1] = "--data-dir";
    all[2] = directory.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Told.of(all);
  }
}
