package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DueIndexTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void itGivesIdsBackLikeASortedMapWould(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    MapLedgerStore store = new MapLedgerStore();
    DueIndex index = new DueIndex(DueIndex.Queue.EXPIRY);
    DueIndex other = new DueIndex(DueIndex.Queue.FORGET);
    TreeMap<Long, List<UUID>> expected = new TreeMap<>();
    for (int step = 0; step < 20_000; step++) {
      String context = "seed " + seed + ", step " + step;
      if (expected.isEmpty() || random.nextInt(3) > 0) {
        long second = random.nextLong(1L << (1 + random.nextInt(37)));
        UUID id = new UUID(random.nextLong(), random.nextLong());
        assertThat(index.add(store, second, id)).isEqualTo(second);
        other.add(store, random.nextLong(1L << 37), id);
        expected.computeIfAbsent(second, key -> new ArrayList<>()).add(id);
      } else {
        long second = expected.firstKey();
        List<UUID> ids = new ArrayList<>();
        for (long i = 0; i < index.count(store, second); i++) {
          ids.add(index.take(store, second, i));
        }
        assertThat(ids).as(context).isEqualTo(expected.pollFirstEntry().getValue());
        long next = expected.isEmpty() ? DueIndex.NONE : expected.firstKey();
        assertThat(index.drop(store, second)).as(context).isEqualTo(next);
      }
    }
  }

  @Test
  void aSecondBeyondTheYear9999IsADefectOfTheCaller() {
    DueIndex index = new DueIndex(DueIndex.Queue.EXPIRY);
    assertThatIllegalStateException()
        .isThrownBy(() -> index.add(new MapLedgerStore(), 1L << 38, new UUID(1, 1)))
        .withMessageContaining("9999");
  }
}
