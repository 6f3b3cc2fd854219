package io.onceflow.common.retry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * The other side of the attempts, in virtual time: each call is answered after a while, by a script
 * that knows only the message and the number of the attempt. It honours idempotency keys. Calls
 * outlive whoever made them.
 */
final class World {

  private static final Map<Long, World> ALL = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong();

  /** An answer to come. */
  record Answer(long latencyMs, AttemptResult<String> result, Exception error) {
    static Answer ok(long latencyMs) {
      return new Answer(latencyMs, AttemptResult.ok(""), null);
    }

    static Answer code(long latencyMs, String code) {
      return new Answer(latencyMs, AttemptResult.of(code), null);
    }

    static Answer error(long latencyMs, Exception error) {
      return new Answer(latencyMs, null, error);
    }

    /** It never comes. */
    static Answer never() {
      return new Answer(Long.MAX_VALUE, null, null);
    }
  }

  /** A call under way. */
  private record Call(
      long dueMs, long number, Answer answer, RetryMessage message, CompletableFuture<?> stage) {}

  /** One attempt as it was seen. */
  record Seen(long atMs, String id, int attempt) {}

  final long id = NEXT.incrementAndGet();
  final List<Seen> attempts = new ArrayList<>();

  /** Which message took effect under which idempotency key, and when first. */
  final Map<String, RetryMessage> effects = new LinkedHashMap<>();

  private final Function<Attempt<String>, Answer> script;
  private final PriorityQueue<Call> calls =
      new PriorityQueue<>(Comparator.comparingLong(Call::dueMs).thenComparingLong(Call::number));
  long nowMs;

  World(Function<Attempt<String>, Answer> script) {
    this.script = script;
    ALL.put(id, this);
  }

  AttemptHandler<String, String> handler() {
    return new Handler(id);
  }

  @SuppressWarnings("unchecked")
  void advance(long toMs) {
    nowMs = toMs;
    while (!calls.isEmpty() && calls.peek().dueMs() <= toMs) {
      Call call = calls.poll();
      Answer answer = call.answer();
      if (answer.error() != null) {
        call.stage().completeExceptionally(answer.error());
        continue;
      }
      if (answer.result().code().equals(AttemptResult.OK)) {
        effects.putIfAbsent(call.message().id(), call.message());
      }
      AttemptResult<String> result =
          new AttemptResult<>(
              answer.result().code(), answer.result().value() == null ? null : call.message().id());
      ((CompletableFuture<AttemptResult<String>>) call.stage()).complete(result);
    }
  }

  private CompletionStage<AttemptResult<String>> call(Attempt<String> attempt) throws Exception {
    attempts.add(new Seen(nowMs, attempt.idempotencyKey(), attempt.number()));
    CompletableFuture<AttemptResult<String>> stage = new CompletableFuture<>();
    Answer answer = script.apply(attempt);
    if (answer.latencyMs() < 0) {
      throw answer.error();
    }
    if (answer.latencyMs() != Long.MAX_VALUE) {
      calls.add(
          new Call(nowMs + answer.latencyMs(), attempts.size(), answer, attempt.message(), stage));
    }
    return stage;
  }

  /** Finds its world again by a number, for handlers are serialized. */
  private record Handler(long world) implements AttemptHandler<String, String> {

    @Override
    public String decode(RetryMessage message) {
      String text = new String(message.payload(), java.nio.charset.StandardCharsets.UTF_8);
      if (text.equals("garbage")) {
        throw new IllegalArgumentException("This is no text.");
      }
      return text;
    }

    @Override
    public String dependency(RetryMessage message) {
      return message.headers().getOrDefault("dependency", DEFAULT_DEPENDENCY);
    }

    @Override
    public CompletionStage<AttemptResult<String>> attempt(Attempt<String> attempt)
        throws Exception {
      return ALL.get(world).call(attempt);
    }
  }
}
