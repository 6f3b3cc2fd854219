package io.onceflow.ledger;

import static io.onceflow.ledger.ResultCode.EXCEEDS_PENDING_TRANSFER_AMOUNT;
import static io.onceflow.ledger.ResultCode.EXISTS;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_KIND;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_PENDING_ID;
import static io.onceflow.ledger.ResultCode.ID_ALREADY_FAILED;
import static io.onceflow.ledger.ResultCode.PENDING_ID_MUST_BE_DIFFERENT;
import static io.onceflow.ledger.ResultCode.PENDING_TRANSFER_ALREADY_POSTED;
import static io.onceflow.ledger.ResultCode.PENDING_TRANSFER_ALREADY_VOIDED;
import static io.onceflow.ledger.ResultCode.PENDING_TRANSFER_EXPIRED;
import static io.onceflow.ledger.ResultCode.PENDING_TRANSFER_NOT_FOUND;
import static io.onceflow.ledger.ResultCode.PENDING_TRANSFER_NOT_PENDING;

import java.util.UUID;

/** Why a post or void is refused. Pure: the order of the checks is the documented precedence. */
final class ResolutionRules {

  private ResolutionRules() {}

  /** The result of sending a post again. */
  static ResultCode compare(TransferState known, Instruction.Post post) {
    ResultCode difference = difference(known, TransferKind.POST, post.pendingId());
    if (difference != null) {
      return difference;
    }
    return known.amount() == post.amount() ? EXISTS : EXISTS_WITH_DIFFERENT_AMOUNT;
  }

  /** The result of sending a void again. */
  static ResultCode compare(TransferState known, Instruction.Void cancel) {
    ResultCode difference = difference(known, TransferKind.VOID, cancel.pendingId());
    return difference != null ? difference : EXISTS;
  }

  /** Why a new post is refused, or null; closed accounts are looked at after this. */
  static ResultCode refusal(Instruction.Post post, TransferState pending) {
    ResultCode refusal = unusable(post.id(), post.pendingId(), pending);
    if (refusal != null) {
      return refusal;
    }
    return post.amount() > pending.amount() ? EXCEEDS_PENDING_TRANSFER_AMOUNT : resolved(pending);
  }

  /** Why a new void is refused, or null. */
  static ResultCode refusal(Instruction.Void cancel, TransferState pending) {
    ResultCode refusal = unusable(cancel.id(), cancel.pendingId(), pending);
    return refusal != null ? refusal : resolved(pending);
  }

  private static ResultCode difference(TransferState known, TransferKind kind, UUID pendingId) {
    if (known.kind() == TransferKind.FAILED) {
      return ID_ALREADY_FAILED;
    } else if (known.kind() != kind) {
      return EXISTS_WITH_DIFFERENT_KIND;
    }
    return pendingId.equals(known.pendingId()) ? null : EXISTS_WITH_DIFFERENT_PENDING_ID;
  }

  private static ResultCode unusable(UUID id, UUID pendingId, TransferState pending) {
    if (id.equals(pendingId)) {
      return PENDING_ID_MUST_BE_DIFFERENT;
    } else if (pending == null || pending.kind() == TransferKind.FAILED) {
      return PENDING_TRANSFER_NOT_FOUND;
    }
    return pending.kind() == TransferKind.PENDING ? null : PENDING_TRANSFER_NOT_PENDING;
  }

  private static ResultCode resolved(TransferState pending) {
    return switch (pending.status()) {
      case POSTED -> PENDING_TRANSFER_ALREADY_POSTED;
      case VOIDED -> PENDING_TRANSFER_ALREADY_VOIDED;
      case EXPIRED -> PENDING_TRANSFER_EXPIRED;
      case PENDING -> null;
      case NONE ->
          throw new IllegalStateException(
              "The pending transfer with seq " + pending.seq() + " has lost its status.");
    };
  }
}
