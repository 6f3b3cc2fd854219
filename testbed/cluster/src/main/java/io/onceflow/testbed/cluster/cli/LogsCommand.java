package io.onceflow.testbed.cluster.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the ends of log files, also when the cluster is down. */
@Command(
    name = "logs",
    description = "Shows the last lines of every log, or of one: logs taskmanager-1 --lines 100")
final class LogsCommand implements Callable<Integer> {
  @Mixin private CommonOptions data = new CommonOptions();

  @Parameters(arity = "0..1", description = "Such as taskmanager-1 or supervisor.")
  private String name;

  @Option(
      names = "--lines",
      defaultValue = "20",
      description = "Of each file. Default: ${DEFAULT-VALUE}.")
  private int lines;

  @Override
  public Integer call() throws IOException {
    Path directory = data.path().resolve("log");
    if (!Files.isDirectory(directory)) {
      throw new UsageException("There are no logs: no cluster was started here.");
    }
    List<Path> files = files(directory);
    if (files.isEmpty()) {
      throw new UsageException(
          "There is no log of %s in %s.".formatted(name, Repository.shown(directory)));
    }
    for (Path file : files) {
      List<String> all = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      if (!all.isEmpty()) {
        System.out.println("==> " + Repository.shown(file));
        all.subList(Math.max(0, all.size() - lines), all.size()).forEach(System.out::println);
      }
    }
    return 0;
  }

  private List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(this::isWanted).sorted().toList();
    }
  }

  private boolean isWanted(Path file) {
    String fileName = file.getFileName().toString();
    return name == null
        ? fileName.endsWith(".log") || fileName.endsWith(".out")
        : fileName.equals(name + ".log") || fileName.equals(name + ".out");
  }
}
