package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowSumTest {

  private static long sumOf(String... rows) {
    var sum = new RowSum();
    for (var row : rows) {
      var bytes = row.getBytes(StandardCharsets.UTF_8);
      sum.add(bytes, bytes.length);
    }
    return sum.value();
  }

  @Test
  void theOrderOfRowsDoesNotMatterAndEverythingElseDoes() {
    assertThat(sumOf("a", "b", "c")).isEqualTo(sumOf("c", "a", "b")).isNotEqualTo(sumOf("a", "b"));
    assertThat(sumOf("a", "b", "b")).isNotEqualTo(sumOf("a", "b"));
    assertThat(sumOf("ab", "c")).isNotEqualTo(sumOf("a", "bc"));
    assertThat(sumOf()).isZero();
  }

  @Test
  void aSealedPartCarriesTheSumThroughItsBinaryForm() throws Exception {
    var writer = new PartWriter(null, "nonce", 2, 1024);
    for (var row : List.of("one", "two")) {
      writer.append(row.getBytes(StandardCharsets.UTF_8), 3, 0);
    }
    var part = writer.seal(0);
    assertThat(part.rowSum()).isEqualTo(sumOf("two", "one"));

    var serializer = new SegmentSerializer();
    var segment = Segment.staged("nonce", 0, List.of(part));
    assertThat(serializer.deserialize(2, serializer.serialize(segment))).isEqualTo(segment);

    writer.append("one".getBytes(StandardCharsets.UTF_8), 3, 1);
    assertThat(writer.seal(1).rowSum()).as("of the next epoch").isEqualTo(sumOf("one"));
  }
}
