package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.stream.ByteCapacity;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.OffsetSpecification;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A sink's record, as the last entry of a stream of its own.
 *
 * <p>The broker has no compare-and-set. It has this: of a named producer's messages it takes each
 * publishing id once and drops what comes with one that it has seen. All sessions of a sink write
 * under one name, and each entry has the number after the last one as its id. So an entry that two
 * sessions write at the same time is written once; who won stands in it, and both read it.
 *
 * <p>One thread, besides the client's that brings entries.
 */
final class SinkLog {

  private static final String PRODUCER = "onceflow";
  private static final String HEAD = "onceflow-sink 1";

  /** Entries are a few kB, and the last one is all that counts. */
  private static final int SEGMENT_MB = 1;

  private static final int STREAM_MB = 8;

  /** For the first entry of a log; paid once in a sink's life. */
  private static final Duration EMPTY_PATIENCE = Duration.ofMillis(500);

  private final StreamLink link;
  private final String stream;

  /** Non-null while the stream is followed. */
  private Follower follower;

  SinkLog(StreamLink link, String stream) {
    this.link = link;
    this.stream = stream;
  }

  /**
   * What a session wrote.
   *
   * @param number 1, 2, 3 and so on; 0 for the empty record before the first
   * @param token tells entries of the same number apart
   * @param values the record
   */
  record Entry(long number, String token, Map<String, String> values) {

    static final Entry NONE = new Entry(0, "", Map.of());

    /** Copies the map. */
    Entry {
      values = Map.copyOf(values);
    }

    byte[] bytes() {
      var text = new StringBuilder();
      text.append(HEAD).append('\n').append(number).append(' ').append(token).append('\n');
      new TreeMap<>(values)
          .forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
      return text.toString().getBytes(UTF_8);
    }

    static Entry read(byte[] bytes) throws IOException {
      var lines = new String(bytes, UTF_8).split("\n");
      if (lines.length < 2 || !lines[0].equals(HEAD)) {
        throw new IOException("An entry is not what this library writes.");
      }
      var words = lines[1].split(" ");
      var values = new TreeMap<String, String>();
      for (var i = 2; i < lines.length; i++) {
        var equals = lines[i].indexOf('=');
        if (equals < 0) {
          throw new IOException("An entry is damaged.");
        }
        values.put(lines[i].substring(0, equals), lines[i].substring(equals + 1));
      }
      try {
        return new Entry(Long.parseLong(words[0]), words[1], values);
      } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
        throw new IOException("An entry is damaged.", e);
      }
    }
  }

  String stream() {
    return stream;
  }

  /** Makes the stream unless it is there. */
  void create() throws StoreException, IOException {
    link.ask(
        streams -> {
          if (!streams.streamExists(stream)) {
            streams.streamCreator().stream(stream)
                .maxSegmentSizeBytes(ByteCapacity.MB(SEGMENT_MB))
                .maxLengthBytes(ByteCapacity.MB(STREAM_MB))
                .create();
          }
          return true;
        });
  }

  /** The last entry. */
  Entry last() throws StoreException, IOException {
    var producer = link.producer(stream, PRODUCER);
    long written = link.ask(streams -> producer.getLastPublishingId());
    if (written == 0 && !following().hasCome(EMPTY_PATIENCE)) {
      // 0 is also what the client says when the broker could not tell.
      written = link.ask(streams -> producer.getLastPublishingId());
    }
    return following().await(written, link);
  }

  /**
   * Writes the entry after the given one.
   *
   * @return whether it is the last one; if not, another session has written, before or after it
   */
  boolean append(Entry after, Map<String, String> values) throws StoreException, IOException {
    var entry = new Entry(after.number() + 1, UUID.randomUUID().toString(), values);
    var producer = link.producer(stream, PRODUCER);
    var sends = new StreamSends(link);
    sends.send(producer, message(producer.messageBuilder(), entry));
    sends.await();
    var last = following().await(entry.number(), link);
    // When another entry follows already, it may be ours nevertheless: the caller looks again.
    return last.token().equals(entry.token());
  }

  private static Message message(MessageBuilder builder, Entry entry) {
    return builder.publishingId(entry.number()).addData(entry.bytes()).build();
  }

  private Follower following() throws StoreException, IOException {
    if (follower == null) {
      var fresh = new Follower(stream);
      link.ask(
          streams ->
              streams.consumerBuilder().stream(stream)
                  .offset(OffsetSpecification.last())
                  .noTrackingStrategy()
                  .messageHandler((context, message) -> fresh.accept(message.getBodyAsBinary()))
                  .build());
      follower = fresh;
    }
    return follower;
  }

  /** Reads anew when next asked, after the link was dropped. */
  void forget() {
    follower = null;
  }

  /** Keeps the entry with the highest number that has come. */
  private static final class Follower {
    private final String stream;
    private Entry last = Entry.NONE;
    private IOException failure;
    private CompletableFuture<Void> change = new CompletableFuture<>();

    Follower(String stream) {
      this.stream = stream;
    }

    synchronized void accept(byte[] bytes) {
      try {
        var entry = Entry.read(bytes);
        if (entry.number() > last.number()) {
          last = entry;
        }
      } catch (IOException e) {
        failure = e;
      }
      var waiting = change;
      change = new CompletableFuture<>();
      waiting.complete(null);
    }

    /** Whether there is any entry; waits a little for one. */
    boolean hasCome(Duration patience) throws StoreException {
      CompletableFuture<Void> next;
      synchronized (this) {
        if (last.number() > 0) {
          return true;
        }
        next = change;
      }
      try {
        next.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException empty) {
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(ErrorClass.AMBIGUOUS, "Interrupted.", e);
      }
    }

    /** Waits until the entry of that number, or a later one, has come. */
    Entry await(long number, StreamLink link) throws StoreException, IOException {
      var deadline = System.nanoTime() + link.timeout().toNanos();
      while (true) {
        CompletableFuture<Void> next;
        synchronized (this) {
          if (failure != null) {
            throw new StoreException(
                ErrorClass.SYSTEM,
                "The stream %s cannot be read: %s Who else writes to it?"
                    .formatted(stream, failure.getMessage()),
                failure);
          }
          if (last.number() >= number) {
            return last;
          }
          next = change;
        }
        awaitChange(next, number, deadline, link);
      }
    }

    private void awaitChange(
        CompletableFuture<Void> next, long number, long deadline, StreamLink link)
        throws StoreException {
      var left = deadline - System.nanoTime();
      if (left <= 0 || link.isAborted()) {
        throw new StoreException(
            ErrorClass.AMBIGUOUS,
            "Entry %d of the stream %s was written and cannot be read.".formatted(number, stream),
            null);
      }
      try {
        next.get(Math.min(left, StreamLink.LOOK.toNanos()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException lookAgain) {
        return;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(ErrorClass.AMBIGUOUS, "Interrupted.", e);
      }
    }
  }
}
