package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.stream.ConfirmationStatus;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.Producer;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages that were sent and are not confirmed. A message with a publishing id that the stream has
 * seen is confirmed too. One thread sends and waits; the client's threads confirm.
 */
final class StreamSends {

  private static final long NONE = -1;

  /** The client bounds messages alone, and one may have a megabyte. */
  private static final long MAX_OPEN_BYTES = 32 << 20;

  private final StreamLink link;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition change = lock.newCondition();
  private long open;
  private long openBytes;
  private long confirmed;
  private ConfirmationStatus failure;

  StreamSends(StreamLink link) {
    this.link = link;
  }

  /** Hands a message to the client; blocks while too many bytes are not confirmed. */
  void send(Producer producer, Message message) throws StoreException {
    var bytes = message.getBodyAsBinary().length;
    lock.lock();
    try {
      requireNoFailure();
      if (openBytes > 0 && openBytes + bytes > MAX_OPEN_BYTES) {
        awaitOpen(MAX_OPEN_BYTES / 2);
      }
      open++;
      openBytes += bytes;
    } finally {
      lock.unlock();
    }
    producer.send(message, this::confirm);
  }

  private void confirm(ConfirmationStatus status) {
    lock.lock();
    try {
      open--;
      openBytes -= status.getMessage().getBodyAsBinary().length;
      confirmed++;
      if (!status.isConfirmed() && failure == null) {
        failure = status;
      }
      change.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything that was sent is confirmed. */
  void await() throws StoreException {
    lock.lock();
    try {
      awaitOpen(NONE);
      requireNoFailure();
    } finally {
      lock.unlock();
    }
  }

  /** Waits, with the lock, until no more bytes than these are open; of {@link #NONE} no message. */
  private void awaitOpen(long bytes) throws StoreException {
    var deadline = System.nanoTime() + link.timeout().toNanos();
    var seen = confirmed;
    while (bytes == NONE ? open > 0 : openBytes > bytes) {
      requireNoFailure();
      awaitChange();
      if (confirmed > seen) {
        seen = confirmed;
        deadline = System.nanoTime() + link.timeout().toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new StoreException(
            ErrorClass.AMBIGUOUS,
            "%d messages were sent and not confirmed within %d s."
                .formatted(open, link.timeout().toSeconds()),
            null);
      }
    }
  }

  private void awaitChange() throws StoreException {
    try {
      change.await(StreamLink.LOOK.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorClass.AMBIGUOUS, "Interrupted.", e);
    }
  }

  private void requireNoFailure() throws StoreException {
    if (link.isAborted()) {
      throw new StoreException(ErrorClass.AMBIGUOUS, "The session was aborted.", null);
    }
    if (failure != null) {
      var code = failure.getCode();
      throw new StoreException(
          RabbitMqErrors.isLasting(code) ? ErrorClass.SYSTEM : ErrorClass.AMBIGUOUS,
          "The broker did not confirm a message: %s.".formatted(RabbitMqErrors.text(code)),
          null);
    }
  }
}
