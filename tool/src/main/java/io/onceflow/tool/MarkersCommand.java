package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what is committed. */
@Command(
    name = "markers",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Shows what is committed.",
      "For each sink its history, owner, newest checkpoint and where to restore it, and its newest commit",
      "markers. A marker is there if and only if its rows are."
    },
    footer = {
      "%nExamples:",
      "  onceflow markers --config ledger.yaml",
      "  onceflow markers --config ledger.yaml --sink ledger --last 100 --json"
    })
final class MarkersCommand extends StoreCommand {

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "10",
      description = "Newest markers per sink. Default: ${DEFAULT-VALUE}.")
  private int last;

  @Option(names = "--audit", description = "Also what was done by hand: the newest N audit rows.")
  private boolean audit;

  /** One sink, its markers, and what was done to it by hand if that was asked for. */
  record SinkMarkers(SinkInfo sink, List<Marker> markers, List<AuditRow> audit) {}

  /** What was found. */
  record Answer(String store, Instant now, List<SinkMarkers> sinks) {}

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
    if (last < 0) {
      throw new UsageException("--last %d: give a number from 0 on.".formatted(last));
    }
    var sinks = new ArrayList<SinkMarkers>();
    for (var sink : options().sinks(inspector)) {
      var id = new SinkId(sink.sinkId());
      sinks.add(
          new SinkMarkers(
              sink, inspector.markers(id, last), audit ? inspector.audit(id, last) : List.of()));
    }
    var answer = new Answer(inspector.description(), inspector.now(), sinks);
    printer.print(answer, out -> write(answer, out));
    return ExitCode.DONE;
  }

  private static void write(Answer answer, PrintWriter out) {
    out.println(answer.store());
    if (answer.sinks().isEmpty()) {
      out.println("No sink has committed or claimed anything here.");
    }
    for (var sink : answer.sinks()) {
      out.println();
      write(sink.sink(), answer.now(), out);
      if (!sink.markers().isEmpty()) {
        out.println();
        write(sink, answer.now(), out);
      }
      if (!sink.audit().isEmpty()) {
        out.println();
        writeAudit(sink.audit(), out);
      }
    }
  }

  static void write(SinkInfo sink, Instant now, PrintWriter out) {
    out.println("Sink " + sink.sinkId());
    out.println("  lineage          " + sink.lineage() + parent(sink));
    out.println(
        "  owner run        %s, for %s"
            .formatted(sink.ownerRun(), Times.age(Times.between(sink.ownerSince(), now))));
    out.println(
        "  last checkpoint  %d, committed %s ago"
            .formatted(
                sink.lastCheckpointId(), Times.age(Times.between(sink.lastCommittedAt(), now))));
    out.println(
        "  restore path     "
            + (sink.restorePath() == null || sink.restorePath().isEmpty()
                ? "-"
                : sink.restorePath()));
    out.println(
        "  markers          %d%s"
            .formatted(
                sink.markers(),
                sink.lowWaterCheckpointId() == 0
                    ? ", none pruned"
                    : ", pruned up to checkpoint " + sink.lowWaterCheckpointId()));
  }

  private static String parent(SinkInfo sink) {
    return sink.parentLineage() == null
        ? ""
        : ", left %s at checkpoint %d".formatted(sink.parentLineage(), sink.parentCheckpointId());
  }

  private static void write(SinkMarkers sink, Instant now, PrintWriter out) {
    var table =
        new Table(
            "epoch#",
            "checkpoint#",
            "subtask#",
            "rows#",
            "rejected#",
            "watermark",
            "committed at",
            "age",
            "history");
    for (var marker : sink.markers()) {
      table.row(
          marker.epoch(),
          Objects.requireNonNullElse(marker.checkpointId(), "unfinished"),
          marker.subtask(),
          marker.rows(),
          marker.rejected(),
          Times.at(marker.watermark()),
          Times.at(marker.committedAt()),
          Times.age(Times.between(marker.committedAt(), now)),
          history(sink.sink(), marker));
    }
    table.print(out);
  }

  private static void writeAudit(List<AuditRow> rows, PrintWriter out) {
    var table = new Table("done at", "action", "subject", "reason", "tool run", "user");
    rows.forEach(
        row ->
            table.row(
                Times.at(row.at()),
                row.action().word(),
                row.subject(),
                row.reason(),
                row.actor().run(),
                row.actor().user()));
    table.print(out);
  }

  private static String history(SinkInfo sink, Marker marker) {
    if (marker.lineage() == null) {
      return "-";
    }
    return marker.lineage().equals(sink.lineage()) ? "current" : "left";
  }
}
