package io.onceflow.testbed.run;

import io.onceflow.testbed.run.view.NumbersReader;
import io.onceflow.testbed.run.view.TopicCounter;
import java.util.List;
import java.util.Set;

/** What Kafka and the webhook show of a run of the relay. */
final class RelayProgress extends Progress {

  private final NumbersReader back;
  private final TopicCounter results;
  private final TopicCounter markers;
  private final Webhook webhook;

  RelayProgress(RunServers servers, Webhook webhook) {
    super(servers, Topics.RELAYED);
    this.back = new NumbersReader(servers.bootstrapServers(), Topics.RELAYED_BACK, 1);
    this.results = new TopicCounter(servers.bootstrapServers(), Topics.WEBHOOK_RESULTS);
    this.markers = new TopicCounter(servers.bootstrapServers(), Topics.MARKERS);
    this.webhook = webhook;
  }

  /** A record counts when it is back from RabbitMQ and taken by the webhook. */
  @Override
  void look() {
    back.look();
    markers.count();
    committed(Math.min(back.count(), results.count()));
  }

  @Override
  long epoch() {
    return markers.since();
  }

  @Override
  Set<String> brokenWhileRunning() {
    return back.broken();
  }

  private String invariants() {
    return back.broken().isEmpty() ? "ok" : "BROKEN: " + back.broken().iterator().next();
  }

  @Override
  List<String> block(String job) {
    return List.of(
        "",
        "  elapsed      %s, job %s, %,d commit markers".formatted(clock(), job, epoch()),
        "  through RabbitMQ  %,d sent, %,d back and committed, %,d/s"
            .formatted(sent(), back.since(), perSecond()),
        "  to webhook   %,d taken, %,d failed once and tried again, %,d results committed"
            .formatted(webhook.taken(), webhook.failed(), results.since()),
        "  end to end   p50 %,d ms, p99 %,d ms from Kafka's timestamp until a record is back and read"
            .formatted(back.p50Ms(), back.p99Ms()),
        "  invariants   %s (each key's numbers are back without a gap, once, in their order)"
            .formatted(invariants()));
  }

  @Override
  String line(String job) {
    return "%s job=%s markers=%d sent=%d committed=%d rate=%d/s back=%d webhook=%d tried-again=%d end-to-end-p50=%dms end-to-end-p99=%dms invariants=%s"
        .formatted(
            clock(),
            job,
            epoch(),
            sent(),
            committed(),
            perSecond(),
            back.since(),
            results.since(),
            webhook.failed(),
            back.p50Ms(),
            back.p99Ms(),
            invariants());
  }

  @Override
  public void close() {
    back.close();
    results.close();
    markers.close();
  }
}
