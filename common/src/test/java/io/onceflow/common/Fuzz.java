package io.onceflow.common;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Feeds a reader of bytes with damaged and random ones. It may only throw what is expected, and
 * must neither take memory by lengths that are not there nor go on for ever.
 */
public final class Fuzz {

  private static final long SEED = 20261122;
  private static final int INPUTS = 100_000;
  private static final long MAX_SECONDS = 30;

  /** What one input may take: far above what an honest one does, far below what hurts. */
  private static final long MAX_BYTES_EACH = 64L << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** Reads bytes. */
  public interface Reader {
    /** Reads them or says what is wrong with them. */
    void read(byte[] bytes) throws IOException;
  }

  /**
   * Runs a reader on 100,000 inputs.
   *
   * @param whole inputs that it takes, to be damaged
   * @param expected what it may throw besides {@link IOException}
   */
  public static void run(Reader reader, List<byte[]> whole, Class<?>... expected)
      throws IOException {
    for (var bytes : whole) {
      reader.read(bytes);
    }
    var random = new SplittableRandom(SEED);
    var start = System.nanoTime();
    for (var i = 0; i < INPUTS; i++) {
      var bytes = input(whole, random, i);
      var before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        reader.read(bytes);
      } catch (IOException refused) {
        assertThat(refused).isNotNull();
      } catch (RuntimeException e) {
        assertThat(e).as("input %d of seed %d", i, SEED).isInstanceOfAny(expected);
      }
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
          .as("bytes taken by input %d of seed %d", i, SEED)
          .isLessThan(MAX_BYTES_EACH);
    }
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(MAX_SECONDS));
  }

  private static byte[] input(List<byte[]> whole, SplittableRandom random, int number) {
    if (number % 4 == 0) {
      var bytes = new byte[random.nextInt(256)];
      random.nextBytes(bytes);
      return number % 8 == 0 ? bytes : serializedObject(bytes);
    }
    var one = whole.get(random.nextInt(whole.size()));
    var bytes = Arrays.copyOf(one, random.nextInt(one.length + 8));
    for (var damages = random.nextInt(4); damages >= 0 && bytes.length > 0; damages--) {
      var at = random.nextInt(bytes.length);
      // Single bits, and whole lengths: -1, the largest, and zeros.
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> Arrays.fill(bytes, at, Math.min(at + 4, bytes.length), (byte) 0xff);
        case 2 -> Arrays.fill(bytes, at, Math.min(at + 8, bytes.length), (byte) 0x7f);
        default -> Arrays.fill(bytes, at, Math.min(at + 4, bytes.length), (byte) 0);
      }
    }
    return bytes;
  }

  /** As Java's own serialization begins; nobody here may take it for anything. */
  private static byte[] serializedObject(byte[] rest) {
    var bytes =
        Arrays.copyOf(new byte[] {(byte) 0xac, (byte) 0xed, 0, 5, 's', 'r'}, rest.length + 6);
    System.arraycopy(rest, 0, bytes, 6, rest.length);
    return bytes;
  }
}
