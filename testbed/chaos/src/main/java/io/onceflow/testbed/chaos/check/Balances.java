package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.truth.TruthLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** What each account should hold, when all that was sent has come. */
final class Balances {

  private final Map<Integer, Long> sent = new HashMap<>();

  Balances(TruthLog truth) {
    for (var position = 0L; position < truth.position(); position++) {
      var transfer = truth.at(position);
      for (var leg = 0; leg < 2; leg++) {
        sent.merge(transfer.account(leg), transfer.amount(leg), Long::sum);
      }
    }
  }

  /** How many accounts hold something else. */
  long wrong(Map<Integer, Long> there, List<String> examples) {
    var accounts = new TreeSet<>(sent.keySet());
    accounts.addAll(there.keySet());
    var wrong = 0L;
    for (var account : accounts) {
      if (!Objects.equals(sent.get(account), there.get(account))) {
        wrong++;
        examples.add(
            "The balance of account %d is %s, and what was sent adds up to %s."
                .formatted(account, there.get(account), sent.get(account)));
      }
    }
    return wrong;
  }
}
