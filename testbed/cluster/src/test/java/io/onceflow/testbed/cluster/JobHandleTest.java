package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a leader answers for a job that has just ended. */
class JobHandleTest {
  private static final String ID = "00000000000000000000000000000001";
  private static final String FORGOTTEN =
      "org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job";

  private HttpServer leader;

  @BeforeEach
  void start() throws IOException {
    leader = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    leader.start();
  }

  @AfterEach
  void stop() {
    leader.stop(0);
  }

  private void answer(String path, int code, String body) {
    leader.createContext(path, exchange -> answer(exchange, code, body));
  }

  private static void answer(HttpExchange exchange, int code, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private JobHandle job() {
    URI address = URI.create("http://127.0.0.1:" + leader.getAddress().getPort());
    return new JobHandle(
        new RestApi(() -> address, Duration.ofSeconds(2), Duration.ofMillis(300)), ID);
  }

  @Test
  void aJobThatHasJustEndedIsCancelledAlthoughItsStatusIsAnError() {
    answer("/jobs/" + ID, 200, "{\"state\":\"CANCELED\"}");
    answer("/jobs/" + ID + "/status", 500, "{\"errors\":[\"%s\"]}".formatted(FORGOTTEN));

    assertThat(job().status()).isEqualTo(JobStatus.CANCELED);
    assertThat(job().cancel()).isEqualTo(JobStatus.CANCELED);
    assertThat(job().hasEnded()).isTrue();
  }

  @Test
  void aJobThatNoLeaderKnowsHasEnded() {
    answer("/jobs/" + ID, 404, "{\"errors\":[\"Job %s not found\"]}".formatted(ID));

    assertThat(job().hasEnded()).isTrue();
  }

  @Test
  void aJobThatRunsHasNotEnded() {
    answer("/jobs/" + ID, 200, "{\"state\":\"RESTARTING\"}");

    assertThat(job().hasEnded()).isFalse();
  }
}
