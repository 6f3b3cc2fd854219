package io.onceflow.testbed.run;

import io.onceflow.testbed.run.view.NumbersReader;
import io.onceflow.testbed.run.view.TopicCounter;
import java.util.List;
import java.util.Set;

/** What Kafka shows of a run of the pipeline. */
final class PipelineProgress extends Progress {

  private final NumbersReader output;
  private final TopicCounter deadLetters;
  private final TopicCounter markers;

  PipelineProgress(RunServers servers) {
    super(servers, Topics.NUMBERS);
    this.output = new NumbersReader(servers.bootstrapServers(), Topics.DOUBLED, 2);
    this.deadLetters = new TopicCounter(servers.bootstrapServers(), Topics.NO_NUMBERS);
    this.markers = new TopicCounter(servers.bootstrapServers(), Topics.MARKERS);
  }

  @Override
  void look() {
    output.look();
    markers.count();
    committed(output.count() + deadLetters.count());
  }

  /** Markers of both sinks: each writes one per epoch, for an empty epoch too. */
  @Override
  long epoch() {
    return markers.since();
  }

  @Override
  Set<String> brokenWhileRunning() {
    return output.broken();
  }

  private String invariants() {
    return output.broken().isEmpty() ? "ok" : "BROKEN: " + output.broken().iterator().next();
  }

  @Override
  List<String> block(String job) {
    return List.of(
        "",
        "  elapsed      %s, job %s, %,d commit markers".formatted(clock(), job, epoch()),
        "  numbers      %,d sent, %,d doubled and committed, %,d/s, %,d dead letters"
            .formatted(sent(), output.since(), perSecond(), deadLetters.since()),
        "  end to end   p50 %,d ms, p99 %,d ms from Kafka's timestamp of a number until its double is read"
            .formatted(output.p50Ms(), output.p99Ms()),
        "  invariants   %s (each key's numbers are there without a gap, once, in their order)"
            .formatted(invariants()));
  }

  @Override
  String line(String job) {
    return "%s job=%s markers=%d sent=%d committed=%d rate=%d/s dead-letters=%d end-to-end-p50=%dms end-to-end-p99=%dms invariants=%s"
        .formatted(
            clock(),
            job,
            epoch(),
            sent(),
            output.since(),
            perSecond(),
            deadLetters.since(),
            output.p50Ms(),
            output.p99Ms(),
            invariants());
  }

  @Override
  public void close() {
    output.close();
    deadLetters.close();
    markers.close();
  }
}
