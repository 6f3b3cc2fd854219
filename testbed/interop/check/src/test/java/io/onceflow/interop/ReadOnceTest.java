package io.onceflow.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReadOnceTest {

  private static final List<String> EXPECTED = List.of("a 2", "a 4", "b 6");

  @Test
  void theSameInAnotherOrderIsExact() {
    assertThat(ReadOnce.compare(EXPECTED, List.of("b 6", "a 2", "a 4")).isExact()).isTrue();
  }

  @Test
  void aDuplicateIsSurplus() {
    var found = ReadOnce.compare(EXPECTED, List.of("a 2", "a 4", "b 6", "a 4"));
    assertThat(found).isEqualTo(new ReadOnce(List.of(), List.of("a 4")));
    assertThat(found.isExact()).isFalse();
  }

  @Test
  void aLostValueIsMissing() {
    var found = ReadOnce.compare(EXPECTED, List.of("a 2", "b 6"));
    assertThat(found).isEqualTo(new ReadOnce(List.of("a 4"), List.of()));
    assertThat(found.isExact()).isFalse();
  }

  @Test
  void aDuplicateDoesNotMakeUpForALoss() {
    var found = ReadOnce.compare(EXPECTED, List.of("a 2", "a 2", "b 6"));
    assertThat(found).isEqualTo(new ReadOnce(List.of("a 4"), List.of("a 2")));
  }

  @Test
  void aValueOfSomebodyElseIsSurplus() {
    var found = ReadOnce.compare(EXPECTED, List.of("a 2", "a 4", "b 6", "stranger 1"));
    assertThat(found.surplus()).containsExactly("stranger 1");
  }
}
