package io.onceflow.testbed.chaos.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The history of one campaign as lines of JSON, each flushed when it is written: what a campaign
 * did up to its own crash can be read. Thread-safe.
 */
public final class History implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedWriter out;
  private final long begun = System.nanoTime();
  private volatile int schedule = -1;

  /** Begins a history; a file that is there is replaced. */
  public History(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      out = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw new UncheckedIOException("The history %s cannot be written.".formatted(file), e);
    }
  }

  /** Says which schedule the lines from now on belong to; -1 for none. */
  public void schedule(int number) {
    schedule = number;
  }

  public long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
  }

  public void write(Event event, Phase phase, String name, String detail) {
    write(event, phase, name, detail, Map.of());
  }

  /** Writes a line with the time of now. */
  public void write(
      Event event, Phase phase, String name, String detail, Map<String, Long> numbers) {
    append(new HistoryEvent(nowMs(), schedule, event, phase, name, detail, numbers));
  }

  private synchronized void append(HistoryEvent line) {
    try {
      out.write(JSON.writeValueAsString(line));
      out.newLine();
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The history cannot be written; is the disk full?", e);
    }
  }

  /** Reads a history; a last line that is cut off, as after a crash, is left out. */
  public static List<HistoryEvent> read(Path file) {
    try {
      var lines = Files.readAllLines(file);
      var events = new ArrayList<HistoryEvent>();
      for (int i = 0; i < lines.size(); i++) {
        if (i < lines.size() - 1 || lines.get(i).endsWith("}")) {
          events.add(JSON.readValue(lines.get(i), HistoryEvent.class));
        }
      }
      return events;
    } catch (IOException e) {
      throw new UncheckedIOException("The history %s cannot be read.".formatted(file), e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
