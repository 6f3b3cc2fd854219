package io.onceflow.testbed.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a process listens on, as Linux tells it. */
public final class ListeningSockets {
  private static final String LISTEN = "0A";
  private static final Set<String> LOOPBACK =
      Set.of("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000");
  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private ListeningSockets() {}

  /** Returns the ports that a process listens on, decimal. */
  public static Set<Integer> of(long pid) {
    return lines(pid).stream()
        .map(line -> Integer.parseInt(line[ADDRESS].split(":")[1], 16))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns those of them that other machines reach, as Linux writes them. */
  public static List<String> beyondLoopback(long pid) {
    return lines(pid).stream()
        .map(line -> line[ADDRESS])
        .filter(address -> !LOOPBACK.contains(address.split(":")[0]))
        .toList();
  }

  private static List<String[]> lines(long pid) {
    Set<String> own = sockets(pid);
    return Stream.of("tcp", "tcp6")
        .flatMap(table -> read(Path.of("/proc", Long.toString(pid), "net", table)).stream())
        .skip(1)
        .map(line -> line.trim().split("\\s+"))
        .filter(words -> words.length > INODE && words[STATE].equals(LISTEN))
        .filter(words -> own.contains(words[INODE]))
        .toList();
  }

  private static List<String> read(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> sockets(long pid) {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return files
          .map(ListeningSockets::target)
          .filter(target -> target.startsWith("socket:["))
          .map(target -> target.substring("socket:[".length(), target.length() - 1))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path file) {
    try {
      return Files.readSymbolicLink(file).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }
}
