package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import java.io.IOException;
import java.net.Socket;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;

/**
 * Publishes to an exchange, persistent and mandatory, and waits for the confirmations of each
 * chunk. The broker keeps nothing that would tell where an epoch was left: a session goes on after
 * the last chunk that was confirmed to itself, another one begins with the first message. Whatever
 * is published twice has the same message id.
 */
final class QueuePublisher implements Publisher {

  static final int OUTPUTS = 0;
  static final int DEAD_LETTERS = 1;

  private static final int TARGETS = 2;

  /** Messages that are published before their confirmations are waited for. */
  private static final int CHUNK = 1_000;

  /** The same for their bytes: all of a chunk may come back. */
  private static final long CHUNK_BYTES = 16 << 20;

  private static final int PERSISTENT = 2;
  private static final String NOTHING = "-";

  private final RabbitMqConfig config;
  private final String exchange;
  private final DeadLetters deadLetters;
  private final SinkId sinkId;
  private final OnReject onReject;
  private final Queue<Return> returned = new ConcurrentLinkedQueue<>();

  private Connection connection;
  private Channel channel;
  private volatile Socket socket;
  private volatile boolean aborted;

  /** How far this session is with the epoch of that id, by confirmed messages. */
  private String transactionId = "";

  private long confirmed;
  private long chunkBytes;
  private long rejected;

  QueuePublisher(
      RabbitMqConfig config,
      String exchange,
      String deadLetters,
      SinkId sinkId,
      OnReject onReject) {
    this.config = config;
    this.exchange = exchange;
    this.deadLetters = new DeadLetters(deadLetters);
    this.sinkId = sinkId;
    this.onReject = onReject;
  }

  @Override
  public void check(List<String> wrong) throws StoreException {
    if (!exchange.isEmpty()) {
      checkExists("exchange", exchange, wrong, () -> connected().exchangeDeclarePassive(exchange));
    }
    if (onReject == OnReject.DEAD_LETTER) {
      var queue = deadLetters.destination();
      checkExists("queue", queue, wrong, () -> connected().queueDeclarePassive(queue));
    }
  }

  /** A call to the broker. */
  private interface Call {
    void run() throws StoreException, IOException, TimeoutException, InterruptedException;
  }

  private void checkExists(String what, String name, List<String> wrong, Call passive)
      throws StoreException {
    try {
      passive.run();
    } catch (IOException e) {
      // The broker closes the channel when there is no such thing.
      drop();
      var code = e.getCause() instanceof ShutdownSignalException signal ? code(signal) : 0;
      if (code == AMQP.NOT_FOUND) {
        wrong.add("The %s %s does not exist: declare it, durable.".formatted(what, name));
      } else if (code == AMQP.ACCESS_REFUSED) {
        wrong.add("The user may not see the %s %s: grant a right to it.".formatted(what, name));
      } else {
        throw RabbitMqErrors.exception("Checking the server", e);
      }
    } catch (TimeoutException | InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static int code(ShutdownSignalException signal) {
    return RabbitMqErrors.code(signal);
  }

  private Channel connected() throws StoreException, IOException {
    if (aborted) {
      throw new StoreException(ErrorClass.TRANSIENT, "The session was aborted.", null);
    }
    if (channel == null) {
      connection = RabbitMqConnections.open(config, "onceflow-" + sinkId, fresh -> socket = fresh);
      channel = connection.createChannel();
      channel.confirmSelect();
      channel.addReturnListener(returned::add);
    }
    return channel;
  }

  @Override
  public String reserve(Epoch epoch, Map<String, String> values) {
    return NOTHING;
  }

  @Override
  public long publish(Epoch epoch, String note, Map<String, String> values, SegmentReader segments)
      throws StoreException, IOException {
    if (!epoch.transactionId().equals(transactionId)) {
      transactionId = epoch.transactionId();
      confirmed = 0;
      rejected = 0;
    }
    chunkBytes = 0;
    var taken = new long[1];
    new EpochOutputs(epoch, segments)
        .forEach(
            TARGETS,
            (target, number, output) -> {
              if (taken[0]++ < confirmed) {
                return;
              }
              remote(() -> send(epoch, target, number, output));
              chunkBytes += output.body().length;
              if (taken[0] - confirmed == CHUNK || chunkBytes >= CHUNK_BYTES) {
                confirm(epoch, taken[0]);
              }
            });
    confirm(epoch, taken[0]);
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return rejected + EpochOutputs.rows(epoch, TARGETS)[DEAD_LETTERS];
  }

  private void send(Epoch epoch, int target, long number, RabbitMqOutput output)
      throws StoreException, IOException {
    var id = EpochOutputs.messageId(epoch, target, number, output);
    if (target == DEAD_LETTERS) {
      sendLetter(DeadLetters.signed(output, sinkId.value()), id, epoch);
    } else {
      connected()
          .basicPublish(
              exchange, output.destination(), true, properties(output, id, epoch), output.body());
    }
  }

  private void sendLetter(RabbitMqOutput letter, String id, Epoch epoch)
      throws StoreException, IOException {
    connected()
        .basicPublish("", letter.destination(), true, properties(letter, id, epoch), letter.body());
  }

  private static AMQP.BasicProperties properties(RabbitMqOutput output, String id, Epoch epoch) {
    Map<String, Object> headers = new HashMap<>(output.headers());
    headers.put(OutputRules.EPOCH, epoch.transactionId());
    var builder =
        new AMQP.BasicProperties.Builder()
            .deliveryMode(PERSISTENT)
            .messageId(id)
            .correlationId(output.correlationId())
            .replyTo(output.replyTo())
            .contentType(output.contentType())
            .headers(headers);
    if (output.priority() >= 0) {
      builder.priority(output.priority());
    }
    if (output.timestampMs() >= 0) {
      builder.timestamp(new Date(output.timestampMs()));
    }
    return builder.build();
  }

  /** Waits for all confirmations; what came back instead goes to the dead letters. */
  private void confirm(Epoch epoch, long taken) throws StoreException {
    if (taken == confirmed) {
      return;
    }
    awaitConfirms();
    var letters = 0L;
    for (var back = returned.poll(); back != null; back = returned.poll()) {
      var one = back;
      refuseUnlessLetters(one);
      remote(() -> sendLetter(letterOf(one), one.getProperties().getMessageId() + ".dead", epoch));
      letters++;
    }
    if (letters > 0) {
      awaitConfirms();
      if (!returned.isEmpty()) {
        throw noLetters();
      }
    }
    confirmed = taken;
    chunkBytes = 0;
    rejected += letters;
  }

  private void refuseUnlessLetters(Return back) throws StoreException {
    if (back.getExchange().isEmpty() && back.getRoutingKey().equals(deadLetters.destination())) {
      throw noLetters();
    }
    if (onReject == OnReject.FAIL) {
      throw new StoreException(
          ErrorClass.ROW,
          "A message for exchange '%s' with routing key %s came back: no queue is bound to it. The epoch's marker was not written. Bind a queue, correct the mapping, or set on-reject: dead-letter."
              .formatted(exchange, back.getRoutingKey()),
          null);
    }
  }

  private StoreException noLetters() {
    return RabbitMqErrors.system(
        "The queue %s for dead letters is gone: declare it, durable."
            .formatted(deadLetters.destination()));
  }

  private RabbitMqOutput letterOf(Return back) {
    var row = RabbitMqOutput.of(back.getRoutingKey(), back.getBody());
    var reason = "No queue is bound to exchange '%s' with this routing key.".formatted(exchange);
    return DeadLetters.signed(
        deadLetters.of(back.getRoutingKey(), "unroutable", reason, row.toString()), sinkId.value());
  }

  private void awaitConfirms() throws StoreException {
    remote(
        () -> {
          if (!connected().waitForConfirms(config.timeout().toMillis())) {
            throw new StoreException(
                ErrorClass.AMBIGUOUS,
                "The broker refused a message: a queue is full (overflow reject-publish), or failed.",
                null);
          }
        });
  }

  private void remote(Call call) throws StoreException {
    try {
      call.run();
    } catch (IOException e) {
      throw RabbitMqErrors.exception("Publishing", e);
    } catch (TimeoutException | InterruptedException e) {
      throw interrupted(e);
    }
  }

  private StoreException interrupted(Exception error) {
    if (error instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return new StoreException(
        ErrorClass.AMBIGUOUS,
        "No confirmation came within %d s.".formatted(config.timeout().toSeconds()),
        error);
  }

  @Override
  public void confirm(Epoch epoch, String note, Map<String, String> values) {
    // The marker says it all.
  }

  @Override
  public void drop() {
    var old = connection;
    connection = null;
    channel = null;
    returned.clear();
    if (old != null) {
      old.abort(0);
    }
  }

  @Override
  public void abort() {
    aborted = true;
    var current = socket;
    if (current != null) {
      try {
        current.close();
      } catch (IOException alreadyBroken) {
        socket = null;
      }
    }
  }

  @Override
  public void close() {
    drop();
  }
}
