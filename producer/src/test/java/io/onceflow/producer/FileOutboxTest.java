package io.onceflow.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.FinalOutcome.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOutboxTest {

  @TempDir private Path directory;

  private static OutboxMessage message(int number) {
    return new OutboxMessage(
        "id-" + number, "k" + number % 3, number % 10, number, new byte[number], Map.of("ä", "ö"));
  }

  static FinalOutcome applied(long sequence) {
    return new FinalOutcome(sequence, "id-" + sequence, Result.APPLIED, "ok", 1, 5);
  }

  private FileOutbox open() throws IOException {
    return new FileOutbox(directory, "shop");
  }

  private Path log() {
    return directory.resolve("outbox.log");
  }

  private static List<Long> numbers(List<TakenMessage> taken) {
    return taken.stream().map(TakenMessage::sequence).toList();
  }

  @Test
  void whatWasAddedAndTakenIsThereAfterARestart() throws Exception {
    try (FileOutbox outbox = open()) {
      for (int i = 1; i <= 5; i++) {
        assertThat(outbox.add(message(i))).isEqualTo(i);
      }
      assertThat(numbers(outbox.take(3))).containsExactly(1L, 2L, 3L);
      outbox.markFinal(List.of(2L), 77);
      outbox.finish(List.of(applied(1), applied(1), applied(99)));
    }
    try (FileOutbox outbox = open()) {
      List<TakenMessage> taken = outbox.taken();
      assertThat(numbers(taken)).containsExactly(2L, 3L);
      assertThat(taken.get(0).message()).isEqualTo(message(2));
      assertThat(taken.get(0).finalSinceMs()).isEqualTo(77);
      assertThat(taken.get(1).finalSinceMs()).isZero();
      assertThat(taken.get(1).takenAtMs()).isPositive();
      assertThat(numbers(outbox.take(9))).containsExactly(4L, 5L);
      assertThat(outbox.add(message(6))).isEqualTo(6);
      assertThat(outbox.lastSequence()).isEqualTo(6);
    }
  }

  @Test
  void numbersGoOnAlthoughEverythingIsFinishedAndTheLogWritten() throws Exception {
    try (FileOutbox outbox = new FileOutbox(directory, "shop", 0)) {
      for (int i = 1; i <= 100; i++) {
        outbox.add(message(i));
        outbox.take(1);
        outbox.finish(List.of(applied(i)));
      }
      assertThat(Files.size(log())).isLessThan(2_000);
    }
    try (FileOutbox outbox = open()) {
      assertThat(outbox.taken()).isEmpty();
      assertThat(outbox.take(1)).isEmpty();
      assertThat(outbox.add(message(101))).isEqualTo(101);
    }
  }

  @Test
  void aCompactionLosesNothingThatIsLeft() throws Exception {
    try (FileOutbox outbox = new FileOutbox(directory, "shop", 0)) {
      for (int i = 1; i <= 300; i++) {
        outbox.add(message(i));
      }
      outbox.take(290);
      outbox.markFinal(List.of(7L), 5);
      for (long i = 1; i <= 290; i++) {
        if (i % 50 != 7) {
          outbox.finish(List.of(applied(i)));
        }
      }
      assertThat(numbers(outbox.taken())).containsExactly(7L, 57L, 107L, 157L, 207L, 257L);
    }
    try (FileOutbox outbox = open()) {
      assertThat(outbox.taken())
          .extracting(TakenMessage::message)
          .containsExactly(
              message(7), message(57), message(107), message(157), message(207), message(257));
      assertThat(outbox.taken().get(0).finalSinceMs()).isEqualTo(5);
      assertThat(numbers(outbox.take(3))).containsExactly(291L, 292L, 293L);
    }
  }

  /** However many of the last append's bytes a crash leaves, what was there before stays. */
  @Test
  void aTornEndIsCutOffAtEveryByte() throws Exception {
    try (FileOutbox outbox = open()) {
      outbox.add(message(1));
      outbox.add(message(2));
    }
    byte[] before = Files.readAllBytes(log());
    try (FileOutbox outbox = open()) {
      outbox.add(message(3));
    }
    byte[] after = Files.readAllBytes(log());
    Random random = new Random(1);
    for (int end = before.length; end < after.length; end++) {
      byte[] torn = Arrays.copyOf(after, end);
      check(torn);
      byte[] longer = Arrays.copyOf(torn, after.length);
      check(longer);
      for (int i = end; i < longer.length; i++) {
        longer[i] = (byte) random.nextInt(256);
      }
      check(longer);
    }
  }

  private void check(byte[] bytes) throws IOException, OutboxException {
    Files.write(log(), bytes);
    try (FileOutbox outbox = open()) {
      assertThat(outbox.lastSequence()).isBetween(2L, 3L);
      List<TakenMessage> all = outbox.take(9);
      assertThat(all.get(1).message()).isEqualTo(message(2));
      assertThat(outbox.add(message(4))).isEqualTo(all.size() + 1);
    }
  }

  @Test
  void damageThatNoCrashLeavesIsRefused() throws Exception {
    try (FileOutbox outbox = open()) {
      for (int i = 1; i <= 3; i++) {
        outbox.add(message(i));
      }
    }
    byte[] whole = Files.readAllBytes(log());
    for (int at = 0; at < whole.length - 80; at += 7) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(log(), damaged);
      assertThatThrownBy(this::open)
          .as("byte %d", at)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged at byte");
    }
    Files.write(log(), whole);
    open().close();
  }

  @Test
  void aSecondOpenerAndAnotherProducerAreRefused() throws Exception {
    try (FileOutbox outbox = open()) {
      assertThat(outbox.claim()).isTrue();
      assertThatThrownBy(this::open).hasMessageContaining("open in this process already");
      assertThat(outbox.add(message(1))).isEqualTo(1);
    }
    assertThatThrownBy(() -> new FileOutbox(directory, "mill"))
        .hasMessageContaining("is that of shop, not of mill");
    open().close();
  }

  /** Another JVM that has an outbox until it is killed; it says when it has. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (FileOutbox outbox = new FileOutbox(Path.of(arguments[0]), "shop")) {
        System.out.println(outbox.add(message(1)));
        new java.util.concurrent.CountDownLatch(1).await();
      }
    }
  }

  @Test
  void oneProcessHasTheOutboxUntilItDies() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("1");
      assertThatThrownBy(this::open).hasMessageContaining("open in another process");
      assertThatThrownBy(this::open).hasMessageContaining("open in another process");
    } finally {
      holder.destroyForcibly().onExit().join();
    }
    try (FileOutbox outbox = open()) {
      assertThat(outbox.add(message(2))).isEqualTo(2);
    }
  }

  @Test
  void aProcessThatDiedWhileItMadeTheOutboxLeavesAnEmptyOne() throws Exception {
    Files.write(log(), new byte[] {0x4f});
    Files.write(directory.resolve("outbox.log.new"), new byte[] {1});
    try (FileOutbox outbox = open()) {
      assertThat(outbox.add(message(1))).isEqualTo(1);
    }
  }

  /** Against a list: whatever is done and wherever it is opened again. */
  @Test
  void randomStepsAndRestartsKeepEverything() throws Exception {
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Path place = directory.resolve("s" + seed);
      List<Long> left = new ArrayList<>();
      long last = 0;
      long taken = 0;
      FileOutbox outbox = new FileOutbox(place, "shop", 500);
      for (int step = 0; step < 200; step++) {
        switch (random.nextInt(5)) {
          case 0 -> {
            outbox.close();
            outbox = new FileOutbox(place, "shop", 500);
          }
          case 1 -> taken += outbox.take(random.nextInt(4)).size();
          case 2 -> {
            long limit = taken;
            List<Long> some =
                left.stream().filter(n -> n <= limit && random.nextInt(3) > 0).toList();
            outbox.finish(some.stream().map(FileOutboxTest::applied).toList());
            left.removeAll(some);
          }
          default -> left.add(last = outbox.add(message((int) last + 1)));
        }
        long limit = taken;
        assertThat(numbers(outbox.taken()))
            .as("seed %d step %d", seed, step)
            .isEqualTo(left.stream().filter(n -> n <= limit).toList());
        assertThat(outbox.lastSequence()).isEqualTo(last);
      }
      outbox.close();
    }
  }
}
