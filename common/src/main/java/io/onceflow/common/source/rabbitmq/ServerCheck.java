package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.Environment;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Asks a server that is quiet whether its streams are there, in a thread of its own: the client
 * waits long for an answer, and meanwhile messages may come again. One question at a time.
 */
final class ServerCheck {

  private CompletableFuture<Optional<String>> answer;

  /** Asks, unless an answer is awaited already. */
  void ask(Environment environment, List<String> streams) {
    if (answer == null) {
      var asked = new CompletableFuture<Optional<String>>();
      answer = asked;
      var thread = new Thread(() -> answer(environment, streams, asked), "onceflow-stream-check");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void answer(
      Environment environment, List<String> streams, CompletableFuture<Optional<String>> asked) {
    try {
      asked.complete(
          streams.stream().filter(stream -> !environment.streamExists(stream)).findFirst());
    } catch (RuntimeException e) {
      asked.completeExceptionally(e);
    }
  }

  /**
   * Looks at the answer, if there is one.
   *
   * @throws IOException when the server does not answer, or a stream is gone
   */
  void check() throws IOException {
    if (answer == null || !answer.isDone()) {
      return;
    }
    var asked = answer;
    answer = null;
    try {
      var missing = asked.get();
      if (missing.isPresent()) {
        throw new IOException("stream '%s' does not exist any more".formatted(missing.get()));
      }
    } catch (ExecutionException e) {
      throw new IOException("the server does not answer", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Forgets the question; its environment is being closed. */
  void forget() {
    answer = null;
  }
}
