package io.onceflow.relay;

import io.onceflow.common.config.Secret;
import io.onceflow.common.retry.Attempt;
import io.onceflow.common.retry.AttemptHandler;
import io.onceflow.common.retry.AttemptResult;
import io.onceflow.common.retry.RetryMessage;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Posts a message to a URL. All attempts have the same {@code Idempotency-Key}, the message's id: a
 * receiver that honours it has each effect once, and nobody else can.
 */
final class WebhookHandler implements AttemptHandler<RetryMessage, WebhookResult> {

  /** What the codes of answers begin with; the status follows. */
  static final String CODE = "http-";

  private static final long serialVersionUID = 1L;
  private static final Pattern PRINTABLE = Pattern.compile("[!-~]([ -~]*[!-~])?");

  /** Without %, so that no two ids become one. */
  private static final Pattern PLAIN_ID = Pattern.compile("[!-$&-~]+");

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
    if (token != null && !PRINTABLE.matcher(token.reveal()).matches()) {
      throw new IllegalArgumentException(
          "The token of the webhook holds a character that no header of HTTP may have.");
    }
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

  /** An id that HTTP has no place for is percent-encoded, so that the message is sent. */
  static String key(String id) {
    return PLAIN_ID.matcher(id).matches()
        ? id
        : URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Whoever wrote the message chose it. */
  static String type(String contentType) {
    return contentType != null && PRINTABLE.matcher(contentType).matches()
        ? contentType
        : DEFAULT_TYPE;
  }

  @Override
  public CompletionStage<AttemptResult<WebhookResult>> attempt(Attempt<RetryMessage> attempt) {
    var message = attempt.input();
    var headers = message.headers();
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(timeout)
            .header("Idempotency-Key", key(attempt.idempotencyKey()))
            .header("Onceflow-Attempt", Integer.toString(attempt.number()))
            .header("Content-Type", type(headers.get(RelayHeaders.CONTENT_TYPE)))
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
