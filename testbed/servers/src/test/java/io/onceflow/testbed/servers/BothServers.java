package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A program that starts both servers, prints "running" and their pids, and closes them when its
 * standard input ends.
 */
final class BothServers {
  private BothServers() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    try (PostgresServer postgres =
            PostgresServer.builder().directory(directory.resolve("postgres")).start();
        KafkaBroker kafka = KafkaBroker.builder().directory(directory.resolve("kafka")).start();
        KafkaClient client = KafkaClient.to(kafka)) {
      postgres.sql("CREATE TABLE t (n int)");
      client.createTopic("topic", 1);
      List<Long> pids = new ArrayList<>(postgres.pids());
      pids.add(kafka.pid());
      System.out.println(
          "running " + pids.stream().map(String::valueOf).collect(Collectors.joining(" ")));
      InputStream in = System.in;
      in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
