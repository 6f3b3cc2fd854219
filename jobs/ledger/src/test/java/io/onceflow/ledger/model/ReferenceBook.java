package io.onceflow.ledger.model;

import io.onceflow.ledger.Account;
import io.onceflow.ledger.Command;
import io.onceflow.ledger.Instruction;
import io.onceflow.ledger.ResultCode;
import io.onceflow.ledger.ResultRow;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** The model's state and rules for one group. */
public final class ReferenceBook {

  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private final long retentionMs;
  private final Map<Long, ModelAccount> accounts = new TreeMap<>();
  private final List<Posting> postings = new ArrayList<>();
  private final Map<UUID, Instruction> bodies = new HashMap<>();
  private final Map<UUID, Long> seqs = new HashMap<>();
  private final Set<UUID> burned = new HashSet<>();
  private final Map<UUID, String> fates = new HashMap<>();
  private final TreeMap<Long, List<UUID>> due = new TreeMap<>();
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private long logTimeMs;
  private int partition;
  private long offset;

  ReferenceBook(long retentionMs) {
    this.retentionMs = retentionMs;
  }

  /** All accounts by id. */
  public Map<Long, ModelAccount> accounts() {
    return accounts;
  }

  /** The journal in order. */
  public List<Posting> postings() {
    return postings;
  }

  /** The greatest record timestamp so far. */
  public long logTimeMs() {
    return logTimeMs;
  }

  List<ResultRow> execute(Command command) {
    logTimeMs = Math.max(logTimeMs, command.timestampMs());
    partition = command.partition();
    offset = command.offset();
    expire();
    undo.clear();
    List<ResultCode> codes = new ArrayList<>();
    int failed = -1;
    for (Instruction leg : command.legs()) {
      ResultCode code = apply(leg);
      if (Verdict.isSuccess(code) && !codes.isEmpty() && codes.get(0) != code) {
        code = ResultCode.CHAIN_PARTIALLY_EXISTS;
      }
      codes.add(code);
      if (command.chain() && !Verdict.isSuccess(code)) {
        failed = codes.size() - 1;
        break;
      }
    }
    if (failed >= 0) {
      undo.forEach(Runnable::run);
    }
    int last = codes.size() - 1;
    burn(command.legs().get(last), codes.get(last));
    return results(command, codes, failed);
  }

  private List<ResultRow> results(Command command, List<ResultCode> codes, int failed) {
    List<ResultRow> rows = new ArrayList<>();
    for (int leg = 0; leg < command.legs().size(); leg++) {
      Instruction instruction = command.legs().get(leg);
      ResultCode code =
          failed >= 0 && leg != failed ? ResultCode.LINKED_EVENT_FAILED : codes.get(leg);
      boolean made = code == ResultCode.CREATED || code == ResultCode.EXISTS;
      long seq = made && instruction.id() != null ? seqs.get(instruction.id()) : 0;
      rows.add(
          new ResultRow(
              command.partition(),
              command.offset(),
              leg,
              command.group(),
              instruction.id(),
              instruction.subject(),
              code,
              seq,
              logTimeMs));
    }
    return rows;
  }

  private void expire() {
    while (!due.isEmpty() && due.firstKey() * 1000 <= logTimeMs) {
      for (UUID id : due.pollFirstEntry().getValue()) {
        if (fates.get(id).equals("pending")) {
          Instruction.Transfer pending = (Instruction.Transfer) bodies.get(id);
          resolve(ExpiryId.of(id), "expire", id, pending, BigInteger.ZERO);
        }
      }
    }
  }

  private void burn(Instruction instruction, ResultCode code) {
    if (!Verdict.burnsId(code)) {
      return;
    }
    burned.add(instruction.id());
    if (code == ResultCode.PENDING_TRANSFER_NOT_FOUND) {
      UUID pendingId =
          instruction instanceof Instruction.Post post
              ? post.pendingId()
              : ((Instruction.Void) instruction).pendingId();
      if (!bodies.containsKey(pendingId)) {
        burned.add(pendingId);
      }
    }
  }

  private ResultCode apply(Instruction instruction) {
    if (instruction.id() != null) {
      ResultCode known = known(instruction);
      if (known != null) {
        return known;
      }
    }
    ResultCode code = decide(instruction);
    if (code == ResultCode.CREATED && instruction.id() != null) {
      bodies.put(instruction.id(), instruction);
      undo.push(() -> bodies.remove(instruction.id()));
    }
    return code;
  }

  private ResultCode decide(Instruction instruction) {
    if (instruction instanceof Instruction.Open open) {
      return open(open);
    } else if (instruction instanceof Instruction.Close close) {
      return close(close);
    } else if (instruction instanceof Instruction.Transfer transfer) {
      return transfer(transfer);
    } else if (instruction instanceof Instruction.Post post) {
      return resolveOrRefuse(post.id(), "post", post.pendingId(), post.amount());
    }
    Instruction.Void cancel = (Instruction.Void) instruction;
    return resolveOrRefuse(cancel.id(), "void", cancel.pendingId(), -1);
  }

  private boolean tooOld(UUID id) {
    return retentionMs > 0 && id.getMostSignificantBits() >>> 16 < logTimeMs - retentionMs;
  }

  private ResultCode known(Instruction instruction) {
    UUID id = instruction.id();
    if (tooOld(id)) {
      return ResultCode.ID_TOO_OLD;
    } else if (burned.contains(id)) {
      return ResultCode.ID_ALREADY_FAILED;
    } else if (!bodies.containsKey(id)) {
      return null;
    }
    return Difference.between(bodies.get(id), instruction);
  }

  private ResultCode open(Instruction.Open open) {
    if (open.flags() == 3) {
      return ResultCode.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    ModelAccount account = accounts.get(open.account());
    if (account == null) {
      accounts.put(open.account(), new ModelAccount(open, logTimeMs));
      undo.push(() -> accounts.remove(open.account()));
      return ResultCode.CREATED;
    } else if (account.opened.ledger() != open.ledger()) {
      return ResultCode.EXISTS_WITH_DIFFERENT_LEDGER;
    } else if (account.opened.code() != open.code()) {
      return ResultCode.EXISTS_WITH_DIFFERENT_CODE;
    }
    return account.opened.equals(open) ? ResultCode.EXISTS : ResultCode.EXISTS_WITH_DIFFERENT_FLAGS;
  }

  private ResultCode close(Instruction.Close close) {
    ModelAccount account = accounts.get(close.account());
    if (account == null) {
      return ResultCode.ACCOUNT_NOT_FOUND;
    } else if (account.closed) {
      return ResultCode.ACCOUNT_ALREADY_CLOSED;
    }
    account.closed = true;
    account.changedAtMs = logTimeMs;
    return ResultCode.CLOSED;
  }

  private ResultCode transfer(Instruction.Transfer transfer) {
    ResultCode refusal = refusal(transfer);
    if (refusal != null) {
      return refusal;
    }
    BigInteger amount = BigInteger.valueOf(transfer.amount());
    if (!transfer.pending()) {
      post(transfer.id(), "transfer", null, transfer, amount, BigInteger.ZERO);
      return ResultCode.CREATED;
    }
    post(transfer.id(), "pending", null, transfer, BigInteger.ZERO, amount);
    fates.put(transfer.id(), "pending");
    undo.push(() -> fates.remove(transfer.id()));
    if (transfer.timeoutSeconds() > 0) {
      long second = (logTimeMs + transfer.timeoutSeconds() * 1000L + 999) / 1000;
      due.computeIfAbsent(second, key -> new ArrayList<>()).add(transfer.id());
      undo.push(() -> due.get(second).remove(transfer.id()));
    }
    return ResultCode.CREATED;
  }

  private ResultCode refusal(Instruction.Transfer transfer) {
    ModelAccount debit = accounts.get(transfer.debit());
    ModelAccount credit = accounts.get(transfer.credit());
    if (transfer.debit() == transfer.credit()) {
      return ResultCode.ACCOUNTS_MUST_BE_DIFFERENT;
    } else if (debit == null) {
      return ResultCode.DEBIT_ACCOUNT_NOT_FOUND;
    } else if (credit == null) {
      return ResultCode.CREDIT_ACCOUNT_NOT_FOUND;
    } else if (debit.opened.ledger() != credit.opened.ledger()) {
      return ResultCode.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
    } else if (debit.opened.ledger() != transfer.ledger()) {
      return ResultCode.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
    } else if (debit.closed) {
      return ResultCode.DEBIT_ACCOUNT_ALREADY_CLOSED;
    } else if (credit.closed) {
      return ResultCode.CREDIT_ACCOUNT_ALREADY_CLOSED;
    }
    return beyond(transfer, debit, credit);
  }

  private static ResultCode beyond(
      Instruction.Transfer transfer, ModelAccount debit, ModelAccount credit) {
    BigInteger amount = BigInteger.valueOf(transfer.amount());
    BigInteger debits = debit.debitsPending.add(debit.debitsPosted).add(amount);
    BigInteger credits = credit.creditsPending.add(credit.creditsPosted).add(amount);
    boolean pending = transfer.pending();
    if (pending && debit.debitsPending.add(amount).compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_DEBITS_PENDING;
    } else if (pending && credit.creditsPending.add(amount).compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_CREDITS_PENDING;
    } else if (!pending && debit.debitsPosted.add(amount).compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_DEBITS_POSTED;
    } else if (!pending && credit.creditsPosted.add(amount).compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_CREDITS_POSTED;
    } else if (debits.compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_DEBITS;
    } else if (credits.compareTo(MAX) > 0) {
      return ResultCode.OVERFLOWS_CREDITS;
    } else if (debit.opened.flags() == Account.DEBITS_MUST_NOT_EXCEED_CREDITS
        && debits.compareTo(debit.creditsPosted) > 0) {
      return ResultCode.EXCEEDS_CREDITS;
    } else if (credit.opened.flags() == Account.CREDITS_MUST_NOT_EXCEED_DEBITS
        && credits.compareTo(credit.debitsPosted) > 0) {
      return ResultCode.EXCEEDS_DEBITS;
    }
    return null;
  }

  /** A void is asked for with an amount of -1. */
  private ResultCode resolveOrRefuse(UUID id, String kind, UUID pendingId, long amount) {
    Instruction body = bodies.get(pendingId);
    boolean open = "pending".equals(fates.get(pendingId));
    if (id.equals(pendingId)) {
      return ResultCode.PENDING_ID_MUST_BE_DIFFERENT;
    } else if (body == null || tooOld(pendingId) && !open) {
      return ResultCode.PENDING_TRANSFER_NOT_FOUND;
    } else if (!fates.containsKey(pendingId)) {
      return ResultCode.PENDING_TRANSFER_NOT_PENDING;
    }
    Instruction.Transfer pending = (Instruction.Transfer) body;
    if (amount > pending.amount()) {
      return ResultCode.EXCEEDS_PENDING_TRANSFER_AMOUNT;
    } else if (!open) {
      return switch (fates.get(pendingId)) {
        case "post" -> ResultCode.PENDING_TRANSFER_ALREADY_POSTED;
        case "void" -> ResultCode.PENDING_TRANSFER_ALREADY_VOIDED;
        default -> ResultCode.PENDING_TRANSFER_EXPIRED;
      };
    } else if (kind.equals("post") && accounts.get(pending.debit()).closed) {
      return ResultCode.DEBIT_ACCOUNT_ALREADY_CLOSED;
    } else if (kind.equals("post") && accounts.get(pending.credit()).closed) {
      return ResultCode.CREDIT_ACCOUNT_ALREADY_CLOSED;
    }
    long posted = amount == 0 ? pending.amount() : Math.max(amount, 0);
    resolve(id, kind, pendingId, pending, BigInteger.valueOf(posted));
    return ResultCode.CREATED;
  }

  private void resolve(
      UUID id, String kind, UUID pendingId, Instruction.Transfer pending, BigInteger posted) {
    fates.put(pendingId, kind);
    undo.push(() -> fates.put(pendingId, "pending"));
    post(id, kind, pendingId, pending, posted, BigInteger.valueOf(-pending.amount()));
  }

  private void post(
      UUID id,
      String kind,
      UUID pendingId,
      Instruction.Transfer legs,
      BigInteger posted,
      BigInteger pending) {
    long seq = postings.size() + 1;
    postings.add(
        new Posting(
            seq,
            id,
            kind,
            pendingId,
            legs.debit(),
            legs.credit(),
            kind.equals("post") ? posted : BigInteger.valueOf(legs.amount()),
            posted,
            pending,
            legs.ledger(),
            legs.code(),
            kind.equals("pending") ? legs.timeoutSeconds() : 0,
            logTimeMs,
            partition,
            offset));
    seqs.put(id, seq);
    ModelAccount debit = accounts.get(legs.debit());
    ModelAccount credit = accounts.get(legs.credit());
    long debitChangedAtMs = debit.changedAtMs;
    long creditChangedAtMs = credit.changedAtMs;
    add(legs, posted, pending);
    undo.push(
        () -> {
          add(legs, posted.negate(), pending.negate());
          debit.changedAtMs = debitChangedAtMs;
          credit.changedAtMs = creditChangedAtMs;
          seqs.remove(id);
          postings.remove(postings.size() - 1);
        });
  }

  private void add(Instruction.Transfer legs, BigInteger posted, BigInteger pending) {
    ModelAccount debit = accounts.get(legs.debit());
    ModelAccount credit = accounts.get(legs.credit());
    debit.debitsPosted = debit.debitsPosted.add(posted);
    debit.debitsPending = debit.debitsPending.add(pending);
    credit.creditsPosted = credit.creditsPosted.add(posted);
    credit.creditsPending = credit.creditsPending.add(pending);
    debit.changedAtMs = logTimeMs;
    credit.changedAtMs = logTimeMs;
  }
}
