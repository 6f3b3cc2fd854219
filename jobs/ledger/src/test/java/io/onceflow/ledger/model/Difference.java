package io.onceflow.ledger.model;

import io.onceflow.ledger.Instruction;
import io.onceflow.ledger.ResultCode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Compares the body that an id was accepted with to the one it is sent with now. */
final class Difference {

  private Difference() {}

  static ResultCode between(Instruction accepted, Instruction sent) {
    Map<ResultCode, Object> before = properties(accepted);
    Map<ResultCode, Object> now = properties(sent);
    for (Map.Entry<ResultCode, Object> property : now.entrySet()) {
      if (!property.getValue().equals(before.get(property.getKey()))) {
        return property.getKey();
      }
    }
    return ResultCode.EXISTS;
  }

  /** In the documented order of precedence. */
  private static Map<ResultCode, Object> properties(Instruction instruction) {
    Map<ResultCode, Object> properties = new LinkedHashMap<>();
    if (instruction instanceof Instruction.Transfer transfer) {
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_KIND, "transfer" + transfer.pending());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_TIMEOUT, transfer.timeoutSeconds());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT, transfer.debit());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT, transfer.credit());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT, transfer.amount());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_LEDGER, transfer.ledger());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_CODE, transfer.code());
    } else if (instruction instanceof Instruction.Post post) {
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_KIND, "post");
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_PENDING_ID, post.pendingId());
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT, post.amount());
    } else if (instruction instanceof Instruction.Void cancel) {
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_KIND, "void");
      properties.put(ResultCode.EXISTS_WITH_DIFFERENT_PENDING_ID, cancel.pendingId());
    }
    return properties;
  }
}
