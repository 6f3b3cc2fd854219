package io.onceflow.testbed.run.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.CommandDecoder;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {

  private static final int COUNT = 5_000;

  @TempDir Path directory;

  @Test
  void theSameSeedGivesTheSameCommands() {
    assertThat(generate(3, 50)).isEqualTo(generate(3, 50));
    assertThat(generate(3, 50)).isNotEqualTo(generate(4, 50));
  }

  @Test
  void heldBackCommandsComeLaterAndNoneIsLost() {
    List<String> inOrder = generate(3, 0);
    List<String> disordered = generate(3, 50);
    assertThat(disordered).isNotEqualTo(inOrder);
    List<String> absent = new ArrayList<>(inOrder.subList(0, COUNT - 200));
    absent.removeAll(new java.util.HashSet<>(disordered));
    assertThat(absent).isEmpty();
  }

  @Test
  void theDecoderRefusesExactlyWhatIsMeantMalformed() {
    GeneratedSource source =
        new GeneratedSource(
            new CommandGenerator(1, new Mix(10, 5, 100, 50, 50, 100, 100, 50, 0, 0)), 4, 0, 1);
    CommandDecoder decoder = new CommandDecoder();
    Map<CommandSource.Meant, Integer> counts = new EnumMap<>(CommandSource.Meant.class);
    for (int i = 0; i < COUNT; i++) {
      CommandSource.Input input = source.next();
      counts.merge(input.meant(), 1, Integer::sum);
      assertThat(isDecoded(decoder, input))
          .as(text(input))
          .isEqualTo(input.meant() == CommandSource.Meant.WELL_FORMED);
    }
    assertThat(counts.get(CommandSource.Meant.MALFORMED)).isBetween(300, 700);
  }

  private static boolean isDecoded(CommandDecoder decoder, CommandSource.Input input) {
    try {
      decoder.decode(new RawRecord("commands", 0, 0, 1, null, input.json()));
      return true;
    } catch (DecodeException refused) {
      return false;
    }
  }

  @Test
  void aGroupStaysInOnePartition() {
    GeneratedSource source =
        new GeneratedSource(new CommandGenerator(1, Mix.usual(10, 5)), 4, 100, 1);
    Map<String, Integer> partitions = new HashMap<>();
    for (int i = 0; i < COUNT; i++) {
      CommandSource.Input input = source.next();
      Integer before = partitions.put(input.group(), input.partition());
      assertThat(before).isIn(null, input.partition());
    }
    assertThat(partitions).hasSize(10);
    assertThat(partitions.values()).containsOnly(0, 1, 2, 3);
  }

  @Test
  void aFileIsSentLineByLineToThePartitionOfItsGroup() throws IOException {
    Path file = directory.resolve("commands.jsonl");
    Files.writeString(
        file, "{\"a\":{\"group\":\"no\"},\"group\":\"group-6\"}\r\n\n{\"type\":1\nlast line");
    try (FileSource source = new FileSource(file, 4)) {
      CommandSource.Input first = source.next();
      assertThat(first.group()).isEqualTo("group-6");
      assertThat(first.partition()).isEqualTo(2);
      assertThat(first.meant()).isEqualTo(CommandSource.Meant.UNKNOWN);
      assertThat(text(first)).endsWith("\"group-6\"}");
      assertThat(text(source.next())).isEqualTo("{\"type\":1");
      assertThat(text(source.next())).isEqualTo("last line");
      assertThat(source.next()).isNull();
    }
  }

  @Test
  void aLimitedSourceEndsAfterItsLimit() throws IOException {
    CommandSource endless =
        () -> new CommandSource.Input("g", 0, new byte[0], CommandSource.Meant.UNKNOWN);
    LimitedSource source = new LimitedSource(endless, 2);
    assertThat(source.next()).isNotNull();
    assertThat(source.next()).isNotNull();
    assertThat(source.isReached()).isFalse();
    assertThat(source.next()).isNull();
    assertThat(source.isReached()).isTrue();
  }

  private static List<String> generate(long seed, int delayed) {
    GeneratedSource source =
        new GeneratedSource(new CommandGenerator(seed, Mix.usual(4, 10)), 4, delayed, seed);
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      commands.add(text(source.next()));
    }
    return commands;
  }

  private static String text(CommandSource.Input input) {
    return new String(input.json(), StandardCharsets.ISO_8859_1);
  }
}
