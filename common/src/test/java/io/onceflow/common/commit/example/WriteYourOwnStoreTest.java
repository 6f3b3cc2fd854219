package io.onceflow.common.commit.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.RemoteSession;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.StoreSession;
import io.onceflow.common.commit.TransactionWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/write-your-own-store.md} against the code. */
class WriteYourOwnStoreTest {

  private static final Path GUIDE = Path.of("../docs/write-your-own-store.md");
  private static final Path SOURCES = Path.of("src/test/java/io/onceflow/common/commit/example");

  @ParameterizedTest
  @CsvSource({"DirectoryStore.java,/** Lines", "DirectoryConformanceIT.java,class Directory"})
  void theGuideShowsTheCodeThatIsTested(String file, String start) throws Exception {
    var source = Files.readString(SOURCES.resolve(file));
    var code = source.substring(source.indexOf(start));
    assertThat(Files.readString(GUIDE)).contains("```java\n" + code + "```");
  }

  @Test
  void theExampleIsShort() throws Exception {
    var code =
        Files.readAllLines(SOURCES.resolve("DirectoryStore.java")).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.matches("(import|package|/?\\*).*"));
    assertThat(code.count()).isLessThan(175);
  }

  @Test
  void theGuideNamesEveryMethodAndEveryErrorClass() throws Exception {
    var guide = Files.readString(GUIDE);
    Stream.of(
            Store.class,
            StagedStore.class,
            StoreSession.class,
            RemoteSession.class,
            StagedSession.class,
            PreparedSession.class,
            TransactionWriter.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .forEach(method -> assertThat(guide).contains(method.getName()));
    List.of(ErrorClass.values()).forEach(value -> assertThat(guide).contains("`" + value + "`"));
  }
}
