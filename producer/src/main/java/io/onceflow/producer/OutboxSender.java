package io.onceflow.producer;

import io.onceflow.producer.SenderStatus.State;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.SequenceRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Sends what is in an {@link Outbox} until the job has said for good what has become of it, on a
 * thread of its own.
 *
 * <p>Guarantee, together with a job that uses selective retry with exactly-once sinks: every
 * message that was added takes effect once or is refused or dead-lettered, whatever is killed and
 * started again, and then is forgotten. It is sent again when nobody answers or the job calls it
 * missing; the job drops what it knows. Messages of a key are sent in the order of their numbers.
 *
 * <p>It goes on after every error of Kafka, the outbox or a listener. It ends by itself only when
 * the job knows of numbers that this outbox has not given.
 */
public final class OutboxSender implements AutoCloseable {

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);
  private static final long CLAIM_EVERY_MS = 1_000;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final Outbox outbox;
  private final SenderSettings settings;
  private final FinalListener listener;
  private final Flights flights;
  private final SenderCounts counts = new SenderCounts();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;
  private volatile ReplyReader replies;
  private MessageSender messages;
  private boolean claimed;
  private long claimedAtMs;
  private long lastSequence;

  /** A sender that tells nobody. */
  public OutboxSender(Outbox outbox, SenderSettings settings) {
    this(outbox, settings, outcome -> {});
  }

  /**
   * @param outbox is closed with the sender
   */
  public OutboxSender(Outbox outbox, SenderSettings settings, FinalListener listener) {
    this.outbox = outbox;
    this.settings = settings;
    this.listener = listener;
    this.flights = new Flights(settings, new SplittableRandom());
    this.thread = new Thread(this::run, "onceflow-outbox-" + outbox.producer());
  }

  /** Starts sending. Once. */
  public OutboxSender start() {
    thread.start();
    return this;
  }

  /** What it is doing and has done; any thread. */
  public SenderStatus status() {
    return counts.status();
  }

  private void run() {
    Duration backoff = FIRST_BACKOFF;
    try {
      while (stopped.getCount() > 0) {
        try {
          boolean sending = round();
          backoff = FIRST_BACKOFF;
          if (!sending) {
            waitFor(Duration.ofMillis(CLAIM_EVERY_MS));
          }
        } catch (WakeupException e) {
          // Closed: the condition of the loop says so.
        } catch (RewoundException e) {
          counts.failed(e.getMessage());
          OutboxLog.LOG.error("The sender of {} ends. {}", outbox.producer(), e.getMessage());
          return;
        } catch (OutboxException | RuntimeException e) {
          recover(e, backoff);
          backoff = min(backoff.multipliedBy(2), MAX_BACKOFF);
        }
      }
      counts.state(State.CLOSED);
    } catch (Error e) {
      counts.failed(e.toString());
      throw e;
    } finally {
      release();
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void recover(Exception error, Duration backoff) {
    counts.errors++;
    OutboxLog.LOG.warn(
        "The sender of {} goes on in {} ms after {}",
        outbox.producer(),
        backoff.toMillis(),
        error.toString());
    claimed = false;
    closeClients();
    counts.state(State.STANDBY);
    waitFor(backoff);
  }

  private void waitFor(Duration time) {
    try {
      stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Nobody but the one who wants it to end interrupts this thread.
      stopped.countDown();
    }
  }

  /** One round; false when there is nothing to do before the outbox is claimed. */
  private boolean round() throws OutboxException, RewoundException {
    if (!isClaimed()) {
      closeClients();
      counts.state(State.STANDBY);
      return false;
    }
    openClients();
    List<Reply> received = replies.poll(settings.pollEvery());
    takeAnswers();
    read(received);
    replies.commit(false);
    counts.malformed = replies.malformed();
    boolean caughtUp = replies.isCaughtUp();
    counts.state(caughtUp ? State.SENDING : State.CATCHING_UP);
    if (caughtUp) {
      // Not before: the acknowledgement that is waited for may be among those still to be read.
      finish(flights.settled(now()));
      take();
      send();
    }
    counts.underWay = flights.size();
    counts.overdue = flights.overdue(now());
    counts.publish();
    return true;
  }

  private boolean isClaimed() throws OutboxException {
    if (claimed && now() - claimedAtMs < CLAIM_EVERY_MS) {
      return true;
    }
    boolean had = claimed;
    claimed = outbox.claim();
    claimedAtMs = now();
    if (claimed && !had) {
      lastSequence = outbox.lastSequence();
      flights.replaceBy(outbox.taken());
    }
    return claimed;
  }

  private void openClients() {
    if (messages == null) {
      messages = new MessageSender(settings, outbox.producer());
    }
    if (replies == null) {
      ReplyReader reader = new ReplyReader(settings, outbox.producer());
      replies = reader;
      reader.open();
    }
  }

  private void read(List<Reply> received) throws OutboxException, RewoundException {
    List<FinalOutcome> outcomes = new ArrayList<>();
    for (Reply reply : received) {
      if (reply instanceof MessageReply message) {
        checkKnown(message.sequence());
        flights.on(message, now()).ifPresent(outcomes::add);
      } else {
        read((ProgressReply) reply);
      }
    }
    finish(outcomes);
  }

  private void read(ProgressReply reply) throws OutboxException, RewoundException {
    checkKnown(reply.upTo());
    for (SequenceRange range : reply.selective()) {
      checkKnown(range.last());
    }
    List<Long> finals = flights.newlyFinal(reply, now());
    if (!finals.isEmpty()) {
      outbox.markFinal(finals, now());
      flights.markFinal(finals, now());
    }
    counts.missing += flights.onMissing(reply, now());
  }

  private void checkKnown(long sequence) throws OutboxException, RewoundException {
    if (sequence > lastSequence) {
      // Another sender may have given it before this one had the outbox.
      lastSequence = outbox.lastSequence();
      if (sequence > lastSequence) {
        throw new RewoundException(
            "The job knows number %d of %s, and the last number of this outbox is %d."
                .formatted(sequence, outbox.producer(), lastSequence));
      }
    }
  }

  private void finish(List<FinalOutcome> outcomes) throws OutboxException {
    // A reply and its repetition may come in one poll.
    List<FinalOutcome> distinct =
        new ArrayList<>(
            outcomes.stream()
                .collect(
                    java.util.stream.Collectors.toMap(
                        FinalOutcome::sequence,
                        outcome -> outcome,
                        (first, again) -> first,
                        java.util.TreeMap::new))
                .values());
    if (!distinct.isEmpty()) {
      distinct.forEach(listener::onFinal);
      outbox.finish(distinct);
      flights.remove(distinct);
      distinct.forEach(counts::finished);
    }
  }

  private void takeAnswers() {
    for (var answer = messages.answer(); answer != null; answer = messages.answer()) {
      flights.answered(answer.sequence(), answer.send(), now());
      if (answer.error() != null) {
        counts.errors++;
        OutboxLog.LOG.warn(
            "Message {} of {} was not sent and will be again: {}",
            answer.sequence(),
            outbox.producer(),
            answer.error().toString());
      }
    }
  }

  private void take() throws OutboxException {
    int room = flights.room();
    if (room > 0) {
      List<TakenMessage> taken = outbox.take(room);
      flights.add(taken);
      if (!taken.isEmpty()) {
        lastSequence = Math.max(lastSequence, taken.get(taken.size() - 1).sequence());
      }
    }
  }

  private void send() {
    for (Flight flight : flights.due(now())) {
      boolean first = flight.sends == 0;
      flights.sending(flight);
      Exception refused = messages.send(flight);
      if (refused instanceof RecordTooLargeException) {
        // It stays until somebody raises the limit; the others do not wait for it.
        counts.errors++;
        OutboxLog.LOG.error("{} cannot be sent: {}", flight.message.message(), refused.toString());
        flights.answered(flight.sequence(), flight.sends, now());
      } else if (refused != null) {
        flights.notSent(flight);
        throw new KafkaException("Kafka's client takes no records: " + refused, refused);
      } else {
        counts.handedOver(first);
      }
    }
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private void closeClients() {
    ReplyReader reader = replies;
    replies = null;
    close(reader);
    MessageSender sender = messages;
    messages = null;
    close(sender);
    flights.clientClosed();
  }

  private static void close(AutoCloseable client) {
    try {
      if (client != null) {
        client.close();
      }
    } catch (Exception e) {
      OutboxLog.LOG.debug("A client was closed by {}", e.toString());
    }
  }

  private void release() {
    try {
      if (replies != null) {
        replies.commit(true);
      }
    } catch (RuntimeException e) {
      OutboxLog.LOG.debug("The position could not be kept: {}", e.toString());
    }
    closeClients();
    close(outbox);
  }

  /** Ends the thread and closes the outbox. What is not final is sent again by the next sender. */
  @Override
  public void close() {
    stopped.countDown();
    if (thread.getState() == Thread.State.NEW) {
      close(outbox);
    }
    ReplyReader reader = replies;
    if (reader != null) {
      reader.wakeup();
    }
    try {
      thread.join(CLOSE_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
