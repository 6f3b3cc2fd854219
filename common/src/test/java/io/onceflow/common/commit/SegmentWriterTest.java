package io.onceflow.common.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentWriterTest {

  @TempDir Path directory;

  @Test
  void fewRowsTravelInline() throws Exception {
    var writer = writer(1_000, OnReject.FAIL);
    writer.write("a one", null);
    writer.write("a two", null);
    var segment = writer.prepareCommit().iterator().next();

    assertThat(segment.parts()).hasSize(1);
    assertThat(segment.parts().get(0).path()).isNull();
    assertThat(segment.parts().get(0).rows()).isEqualTo(2);
    assertThat(content(segment.parts().get(0))).isEqualTo("one;two;");
  }

  @Test
  void manyRowsGoToAFileThatIsReadBackWhole() throws Exception {
    var writer = writer(100, OnReject.FAIL);
    var expected = new StringBuilder();
    for (var i = 0; i < 200_000; i++) {
      writer.write("a " + i, null);
      expected.append(i).append(';');
    }
    var part = writer.prepareCommit().iterator().next().parts().get(0);

    assertThat(part.path()).contains("/numbers/run/");
    assertThat(part.bytes()).isEqualTo(expected.length());
    assertThat(content(part)).isEqualTo(expected.toString());
  }

  @Test
  void anEpochWithoutRowsIsStillASegment() throws Exception {
    var writer = writer(100, OnReject.FAIL);
    assertThat(writer.prepareCommit().iterator().next().parts()).isEmpty();
    writer.write("a x", null);
    assertThat(writer.prepareCommit().iterator().next().parts()).hasSize(1);
    assertThat(writer.prepareCommit().iterator().next().parts()).isEmpty();
  }

  @Test
  void theLastUpsertPerKeyIsKept() throws Exception {
    var writer = writer(1_000, OnReject.FAIL);
    for (var row : List.of("u k1=a", "u k2=b", "u k1=longer", "u k2=c")) {
      writer.write(row, null);
    }
    var part = writer.prepareCommit().iterator().next().parts().get(0);
    assertThat(part.target()).isEqualTo(1);
    assertThat(content(part)).isEqualTo("k1=longer;k2=c;");
  }

  @Test
  void moreKeysThanFitInMemoryKeepTheOrderOfTheirWrites() throws Exception {
    var buffer = new UpsertBuffer(10_000);
    var rows = new ArrayList<String>();
    UpsertBuffer.RowTarget target =
        (row, length) -> rows.add(new String(row, 0, length, StandardCharsets.UTF_8));
    var key = new RowBuffer(8);
    var row = new RowBuffer(8);
    for (var round = 0; round < 3; round++) {
      for (var i = 0; i < 500; i++) {
        key.clear();
        row.clear();
        key.putInt(i);
        put(row, i + "@" + round);
        buffer.put(key, row, target);
      }
    }
    buffer.drain(target);
    for (var i = 0; i < 500; i++) {
      var prefix = i + "@";
      var writes = rows.stream().filter(written -> written.startsWith(prefix)).toList();
      assertThat(writes).isSorted().last().isEqualTo(i + "@2");
    }
  }

  @Test
  void aRejectedRowIsADeadLetterOrAFailure() throws Exception {
    var strict = writer(100, OnReject.FAIL);
    assertThatThrownBy(() -> strict.write("bad", null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("code-1")
        .hasMessageContaining("on-reject: dead-letter");

    var lenient = writer(100, OnReject.DEAD_LETTER);
    lenient.write("bad", null);
    var part = lenient.prepareCommit().iterator().next().parts().get(0);
    assertThat(part.target()).isEqualTo(2);
    assertThat(content(part)).isEqualTo("bad;");
  }

  @Test
  void aTruncatedOrChangedFileIsNoticed() throws Exception {
    var writer = writer(0, OnReject.FAIL);
    writer.write("a something", null);
    var part = writer.prepareCommit().iterator().next().parts().get(0);
    var file = Path.of(java.net.URI.create(part.path()));
    var bytes = Files.readAllBytes(file);

    bytes[2] ^= 4;
    Files.write(file, bytes);
    assertThatThrownBy(() -> content(part)).hasMessageContaining("is damaged");
    Files.write(file, java.util.Arrays.copyOf(bytes, 3));
    assertThatThrownBy(() -> content(part)).hasMessageContaining("read 3 bytes");
  }

  private SegmentWriter<String> writer(int inlineLimitBytes, OnReject onReject) {
    return new SegmentWriter<>(
        new TextStore(),
        new SegmentStorage(directory.toUri().toString(), new SinkId("numbers"), "run"),
        onReject,
        inlineLimitBytes,
        0,
        UnregisteredMetricsGroup.createSinkWriterMetricGroup());
  }

  private static String content(SegmentPart part) throws IOException {
    try (var in = new SegmentReader().open(part)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void put(RowBuffer row, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    row.putBytes(bytes, 0, bytes.length);
  }

  /** "a TEXT" appends, "u KEY=TEXT" upserts, everything else is rejected. */
  private static final class TextStore implements StagedStore<String>, RowEncoder<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String description() {
      return "text";
    }

    @Override
    public List<String> targets() {
      return List.of("appended", "upserted", "rejected");
    }

    @Override
    public RowEncoder<String> createEncoder() {
      return this;
    }

    @Override
    public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
      throw new AssertionError("A writer needs no session.");
    }

    @Override
    public int encode(String value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      if (value.charAt(1) != ' ') {
        throw new RowRejectedException("appended", "code-1", "No verb.");
      }
      put(row, value.substring(2) + ";");
      if (value.startsWith("u")) {
        put(key, value.substring(2, value.indexOf('=')));
        return 1;
      }
      return 0;
    }

    @Override
    public int encodeDeadLetter(String value, RowRejectedException rejection, RowBuffer row) {
      put(row, value + ";");
      return 2;
    }
  }
}
