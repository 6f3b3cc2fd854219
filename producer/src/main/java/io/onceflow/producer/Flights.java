package io.onceflow.producer;

import io.onceflow.producer.FinalOutcome.Result;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.ProgressReply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The messages under way and what to do with them next: no thread, no clock, no input or output of
 * its own.
 */
final class Flights {

  private static final int MAX_DOUBLINGS = 30;

  private final SenderSettings settings;
  private final RandomGenerator random;
  private TreeMap<Long, Flight> flights = new TreeMap<>();

  Flights(SenderSettings settings, RandomGenerator random) {
    this.settings = settings;
    this.random = random;
  }

  /** What the outbox says is under way. Of what was known before, the state is kept. */
  void replaceBy(List<TakenMessage> taken) {
    TreeMap<Long, Flight> now = new TreeMap<>();
    for (TakenMessage message : taken) {
      Flight known = flights.get(message.sequence());
      now.put(message.sequence(), known == null ? new Flight(message) : known);
    }
    flights = now;
  }

  void add(List<TakenMessage> taken) {
    taken.forEach(message -> flights.putIfAbsent(message.sequence(), new Flight(message)));
  }

  /** How many more may be under way. */
  int room() {
    long counted = flights.values().stream().filter(flight -> !flight.isFinal()).count();
    return (int) Math.max(0, settings.window() - counted);
  }

  int size() {
    return flights.size();
  }

  long overdue(long nowMs) {
    return flights.values().stream().filter(flight -> isOverdue(flight, nowMs)).count();
  }

  /** From the time it got its number, for nobody knows whether it was sent then. */
  private boolean isOverdue(Flight flight, long nowMs) {
    return !flight.isFinal()
        && nowMs - flight.message.takenAtMs() > settings.resendFor().toMillis();
  }

  /** What to send now, in the order of the numbers. */
  List<Flight> due(long nowMs) {
    return flights.values().stream()
        .filter(
            flight ->
                !flight.sending
                    && !flight.isFinal()
                    && flight.dueMs <= nowMs
                    && !isOverdue(flight, nowMs))
        .toList();
  }

  void sending(Flight flight) {
    flight.sends++;
    flight.sending = true;
  }

  /** The broker has it, or has refused it; in both cases it is sent again unless it is final. */
  void answered(long sequence, int send, long nowMs) {
    Flight flight = flights.get(sequence);
    if (flight != null && flight.sends == send) {
      flight.sending = false;
      pause(flight, nowMs);
    }
  }

  /** Was not sent after all, so that whatever comes next must not overtake it. */
  void notSent(Flight flight) {
    flight.sends--;
    flight.sending = false;
  }

  /** Answers that have not come will not come any more. */
  void clientClosed() {
    flights.values().forEach(flight -> flight.sending = false);
  }

  /** Half of it is jitter, so that what was sent together is not sent again together. */
  private void pause(Flight flight, long nowMs) {
    long bound =
        Math.min(
            settings.maxPause().toMillis(),
            settings.ackTimeout().toMillis() << Math.min(flight.pauses, MAX_DOUBLINGS));
    // A shift that overflows is no pause.
    bound = bound < settings.ackTimeout().toMillis() ? settings.maxPause().toMillis() : bound;
    flight.pauses++;
    flight.dueMs = nowMs + bound + random.nextLong(bound / 2 + 1);
  }

  /**
   * Takes an acknowledgement.
   *
   * @return the outcome when it ends a message that is under way
   */
  Optional<FinalOutcome> on(MessageReply reply, long nowMs) throws RewoundException {
    Flight flight = flights.get(reply.sequence());
    if (flight == null) {
      return Optional.empty();
    }
    if (!reply.id().equals(flight.message.message().id())) {
      throw new RewoundException(
          "Number %d of %s is the %s here, but the job answers a message with id %s."
              .formatted(reply.sequence(), reply.producer(), flight.message.message(), reply.id()));
    }
    if (!reply.status().isFinal()) {
      if (!flight.sending) {
        pause(flight, nowMs);
      }
      return Optional.empty();
    }
    return Optional.of(
        new FinalOutcome(
            reply.sequence(),
            reply.id(),
            Result.valueOf(reply.status().name()),
            reply.code(),
            reply.attempts(),
            reply.atMs()));
  }

  /**
   * The numbers under way that a report calls final. Of a message that this process has not sent,
   * only its own acknowledgement is believed, which has its id: it may have the number of another
   * one, see {@link RewoundException}.
   */
  List<Long> newlyFinal(ProgressReply reply, long nowMs) {
    return flights.values().stream()
        .filter(flight -> !flight.isFinal() && reply.isFinal(flight.sequence()))
        .filter(flight -> flight.sends > 0 || isOverdue(flight, nowMs))
        .map(Flight::sequence)
        .toList();
  }

  void markFinal(List<Long> sequences, long nowMs) {
    for (long sequence : sequences) {
      Flight flight = flights.get(sequence);
      if (flight != null) {
        flight.finalSinceMs = nowMs;
      }
    }
  }

  /** Has what a report calls missing sent at once; how many that are. */
  int onMissing(ProgressReply reply, long nowMs) {
    int missing = 0;
    for (Flight flight : flights.values()) {
      if (!flight.isFinal() && !flight.sending && reply.isMissing(flight.sequence())) {
        flight.dueMs = Math.min(flight.dueMs, nowMs);
        missing++;
      }
    }
    return missing;
  }

  /** Those whose own acknowledgement has not come in the time that it was waited for. */
  List<FinalOutcome> settled(long nowMs) {
    List<FinalOutcome> settled = new ArrayList<>();
    for (Flight flight : flights.values()) {
      if (flight.isFinal() && nowMs - flight.finalSinceMs > settings.statusGrace().toMillis()) {
        settled.add(
            new FinalOutcome(
                flight.sequence(),
                flight.message.message().id(),
                Result.SETTLED,
                "",
                0,
                flight.finalSinceMs));
      }
    }
    return settled;
  }

  void remove(Collection<FinalOutcome> outcomes) {
    outcomes.forEach(outcome -> flights.remove(outcome.sequence()));
  }
}
