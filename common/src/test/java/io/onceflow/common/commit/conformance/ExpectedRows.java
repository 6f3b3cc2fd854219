package io.onceflow.common.commit.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The model: what a store must hold after epochs were committed, in this order. */
final class ExpectedRows {

  private final List<TestRow> events = new ArrayList<>();
  private final Map<Long, TestRow> balances = new LinkedHashMap<>();

  void add(List<TestRow> rows) {
    for (var row : rows) {
      if (row instanceof TestRow.Event) {
        events.add(row);
      } else {
        balances.put(row.id(), row);
      }
    }
  }

  List<TestRow> all() {
    var all = new ArrayList<>(events);
    all.addAll(balances.values());
    return all;
  }
}
