package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import io.onceflow.testbed.run.load.SentLog;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The check of a job over numbers after it has stopped. Sent records = input topic; what the job
 * makes of every number is once in the output topic, with its key and timestamp and in its order;
 * everything else is once in the dead letters; nothing is in doubt. What a number is, is decided
 * here anew.
 *
 * <p>Memory: 16 bytes per record. One thread.
 */
public final class NumbersCheck {

  private static final BigInteger SMALLEST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

  private final Place place;
  private final int factor;
  private final Mistakes mistakes;
  private final Consumer<String> progress;
  private final Fingerprints expected = new Fingerprints();
  private final Fingerprints found = new Fingerprints();
  private long sent;
  private long deadLetters;

  /**
   * Where everything is.
   *
   * @param bootstrapServers of Kafka
   * @param partitions of the input
   * @param sentDirectory of the {@link SentLog}s
   * @param segmentDirectory where the sinks keep segments
   */
  public record Place(
      String bootstrapServers,
      String input,
      int partitions,
      String output,
      String deadLetters,
      Path sentDirectory,
      Path segmentDirectory) {}

  /**
   * @param factor what the job multiplies by
   * @param mistakes where mistakes are noted; what the run noted before counts too
   * @param progress is told what is being checked
   */
  public NumbersCheck(Place place, int factor, Mistakes mistakes, Consumer<String> progress) {
    this.place = place;
    this.factor = factor;
    this.mistakes = mistakes;
    this.progress = progress;
  }

  /** Checks everything. */
  public Report run() throws IOException {
    progress.accept("reading the dead letters");
    var letters = new OutputTopics(place.bootstrapServers).deadLetters(place.deadLetters);
    for (int partition = 0; partition < place.partitions; partition++) {
      progress.accept(
          "reading partition %d of %d of the input".formatted(partition + 1, place.partitions));
      Map<Long, List<String>> codes = letters.remove(partition);
      input(partition, codes == null ? new HashMap<>() : codes);
    }
    letters.forEach(
        (partition, codes) ->
            mistakes.add(
                Kind.EXTRA_DEAD_LETTER,
                codes.size(),
                "partition " + partition + ", which the input has not"));
    progress.accept("comparing the output");
    output();
    compare();
    InDoubt inDoubt = new InDoubt(mistakes);
    inDoubt.segments(place.segmentDirectory);
    inDoubt.kafkaTransactions(place.bootstrapServers);
    return new Report(sent, found.size() + deadLetters, deadLetters, mistakes);
  }

  private void input(int partition, Map<Long, List<String>> codes) throws IOException {
    try (InputCheck log = new InputCheck(place.sentDirectory, partition, mistakes);
        PartitionReader reader =
            PartitionReader.of(place.bootstrapServers, place.input, partition)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        sent++;
        take(record, log.take(record), codes.remove(record.offset()));
      }
      log.finish();
    }
    codes.forEach(
        (offset, there) ->
            mistakes.add(
                Kind.EXTRA_DEAD_LETTER,
                there.size(),
                "partition %d offset %d is no input".formatted(partition, offset)));
  }

  private void take(ConsumerRecord<byte[], byte[]> record, Meant meant, List<String> codes) {
    String at = "partition %d offset %d".formatted(record.partition(), record.offset());
    Optional<String> multiplied = multiplied(record.value());
    if (meant != Meant.UNKNOWN && multiplied.isPresent() != (meant == Meant.WELL_FORMED)) {
      mistakes.add(Kind.NOT_AS_MEANT, at);
    }
    int letters = codes == null ? 0 : codes.size();
    deadLetters += Math.min(1, letters);
    if (multiplied.isPresent()) {
      expected.add(
          Fingerprints.of(
              record.key(),
              multiplied.get().getBytes(StandardCharsets.US_ASCII),
              record.timestamp()));
      if (letters > 0) {
        mistakes.add(Kind.EXTRA_DEAD_LETTER, letters, at + " is a number");
      }
    } else if (letters == 0) {
      mistakes.add(Kind.NO_DEAD_LETTER, at);
    } else if (letters > 1) {
      mistakes.add(Kind.EXTRA_DEAD_LETTER, letters - 1L, at + " is there " + letters + " times");
    }
  }

  /** What a number becomes, if that is a 64-bit integer. */
  private Optional<String> multiplied(byte[] value) {
    String text = value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
    if (!text.matches("-?[0-9]{1,20}") || text.length() > 20) {
      return Optional.empty();
    }
    BigInteger product = new BigInteger(text).multiply(BigInteger.valueOf(factor));
    boolean fits = product.compareTo(SMALLEST) >= 0 && product.compareTo(LARGEST) <= 0;
    return fits ? Optional.of(product.toString()) : Optional.empty();
  }

  private void output() {
    NumberOrder order = new NumberOrder(factor);
    try (PartitionReader reader = PartitionReader.ofAll(place.bootstrapServers, place.output)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        found.add(Fingerprints.of(record.key(), record.value(), record.timestamp()));
        order.take(record).ifPresent(broken -> mistakes.add(Kind.OUTPUT_ORDER, broken));
      }
    }
  }

  private void compare() {
    expected.sorted();
    found.sorted();
    long missing = expected.without(found);
    long extra = found.without(expected);
    if (missing > 0) {
      mistakes.add(Kind.NO_OUTPUT, missing, "of %d numbers".formatted(expected.size()));
    }
    if (extra > 0) {
      mistakes.add(Kind.EXTRA_OUTPUT, extra, "of %d records".formatted(found.size()));
    }
  }
}
