package io.onceflow.relay;

import io.onceflow.common.config.Secret;
import io.onceflow.common.retry.Attempt;
import io.onceflow.common.retry.AttemptHandler;
import io.onceflow.common.retry.AttemptResult;
import io.onceflow.common.retry.RetryMessage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Posts a message to a URL. All attempts have the same {@code Idempotency-Key}, the message's id: a
 * receiver that honours it has each effect once, and nobody else can.
 */
final class WebhookHandler implements AttemptHandler<RetryMessage, WebhookResult> {

  /** What the codes of answers begin with; the status follows. */
  static final String CODE = "http-";

  private static final long serialVersionUID = 1L;
  private static final String DEFAULT_TYPE = "application/octet-stream";

  private final String url;
  private final Secret token;
  private final Duration timeout;

  private transient HttpClient client;

  /**
   * @param token sent as a bearer token, or null
   * @param timeout for an answer
   */
  WebhookHandler(String url, Secret token, Duration timeout) {
    this.url = url;
    this.token = token;
    this.timeout = timeout;
  }

  @Override
  public void open(RuntimeContext context) {
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
  }

  @Override
  public RetryMessage decode(RetryMessage message) {
    return message;
  }

  @Override
  public String dependency(RetryMessage message) {
    return URI.create(url).getHost();
  }

  @Override
  public CompletionStage<AttemptResult<WebhookResult>> attempt(Attempt<RetryMessage> attempt) {
    var message = attempt.input();
    var headers = message.headers();
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(timeout)
            .header("Idempotency-Key", attempt.idempotencyKey())
            .header("Onceflow-Attempt", Integer.toString(attempt.number()))
            .header("Content-Type", headers.getOrDefault(RelayHeaders.CONTENT_TYPE, DEFAULT_TYPE))
            .POST(BodyPublishers.ofByteArray(message.payload()));
    Optional.ofNullable(token)
        .ifPresent(secret -> request.header("Authorization", "Bearer " + secret.reveal()));
    return client
        .sendAsync(request.build(), BodyHandlers.discarding())
        .thenApply(
            answer ->
                new AttemptResult<>(
                    CODE + answer.statusCode(),
                    new WebhookResult(
                        message.id(), message.key(), answer.statusCode(), attempt.number())));
  }
}
