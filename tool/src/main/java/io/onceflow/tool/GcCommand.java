package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Housekeeping;
import io.onceflow.common.commit.inspect.RunInfo;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Removes what nothing needs any more. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Removes what nothing needs any more.",
      "Rows of old runs, markers beyond the newest ones (the low-water mark moves with them, and epochs below",
      "it are refused from then on), and segment directories of fenced runs. Without --execute it only says",
      "what it would do."
    },
    footer = {
      "%nExamples:",
      "  onceflow gc --config ledger.yaml --sink ledger --segments file:///checkpoints/ledger/onceflow-segments",
      "  onceflow gc --config ledger.yaml --sink ledger --keep-markers 10000 --execute"
    })
final class GcCommand extends StoreCommand {

  @Option(
      names = "--keep-runs",
      paramLabel = "N",
      defaultValue = "100",
      description = "Newest fenced runs that stay. Default: ${DEFAULT-VALUE}.")
  private int keepRuns;

  @Option(
      names = "--keep-markers",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Newest checkpoints whose markers stay. Default: ${DEFAULT-VALUE}.")
  private long keepMarkers;

  @Option(
      names = "--segments",
      paramLabel = "DIR",
      description = "The job's segment directory, to remove those of fenced runs below it.")
  private String segments;

  @Option(names = "--execute", description = "Do it. Without it nothing is changed.")
  private boolean execute;

  /** One sink's share. */
  record SinkGarbage(Housekeeping rows, List<String> segmentDirectories) {}

  /** What went, or would go. */
  record Answer(String store, boolean executed, List<SinkGarbage> sinks) {}

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException, IOException {
    if (keepRuns < 0 || keepMarkers < 1) {
      throw new UsageException("--keep-runs must be at least 0 and --keep-markers at least 1.");
    }
    var sinks = new ArrayList<SinkGarbage>();
    for (var sink : options().sinks(inspector)) {
      sinks.add(clean(inspector, sink));
    }
    var answer = new Answer(inspector.description(), execute, sinks);
    printer.print(answer, out -> write(answer, out));
    return ExitCode.DONE;
  }

  /** Segments first: a run whose row is gone is no longer known to be fenced. */
  private SinkGarbage clean(StoreInspector inspector, SinkInfo sink)
      throws StoreException, IOException {
    var id = new SinkId(sink.sinkId());
    var directories = new ArrayList<String>();
    if (segments != null) {
      for (var directory : fenced(inspector, sink)) {
        directories.add(directory.toString());
        if (execute) {
          directory.getFileSystem().delete(directory, true);
        }
      }
    }
    var rows =
        execute
            ? inspector.collect(id, keepRuns, keepMarkers, actor())
            : inspector.garbage(id, keepRuns, keepMarkers);
    return new SinkGarbage(rows, directories);
  }

  /**
   * A fenced run's segments are needed until the owner has committed an epoch of its own: what it
   * was restored with may lie in them.
   */
  private List<Path> fenced(StoreInspector inspector, SinkInfo sink)
      throws StoreException, IOException {
    var sinkId = new SinkId(sink.sinkId());
    var all = inspector.runs(sinkId);
    var ownerHasCommitted =
        all.stream()
            .filter(RunInfo::owner)
            .anyMatch(
                owner ->
                    !owner.runId().startsWith(Liveness.RESOLVER)
                        && sink.lastCheckpointId()
                            > Objects.requireNonNullElse(owner.restoredCheckpointId(), 0L));
    if (!ownerHasCommitted) {
      return List.of();
    }
    var runs =
        all.stream().filter(run -> !run.owner()).map(RunInfo::runId).collect(Collectors.toSet());
    var root = new Path(new Path(segments), sinkId.value());
    var fenced = new ArrayList<Path>();
    if (root.getFileSystem().exists(root)) {
      for (var status : root.getFileSystem().listStatus(root)) {
        if (runs.contains(status.getPath().getName())) {
          fenced.add(status.getPath());
        }
      }
    }
    return fenced;
  }

  private static void write(Answer answer, PrintWriter out) {
    out.println(answer.store());
    var table = new Table("sink", "runs#", "markers#", "low water#", "segment directories#");
    answer
        .sinks()
        .forEach(
            sink ->
                table.row(
                    sink.rows().sinkId(),
                    sink.rows().runs(),
                    sink.rows().markers(),
                    sink.rows().lowWaterCheckpointId(),
                    sink.segmentDirectories().size()));
    table.print(out);
    answer.sinks().forEach(sink -> sink.segmentDirectories().forEach(out::println));
    out.println(
        answer.executed() ? "Removed." : "Nothing was removed. Add --execute to remove it.");
  }
}
