package io.onceflow.ledger;

import io.onceflow.common.config.OneLine;
import io.onceflow.common.source.DecodeException;
import java.util.List;
import java.util.UUID;

/** The fields of one command or leg as they are read; whole only after {@link #check}. */
final class CommandFields {

  private static final Field[] FIELDS = Field.values();

  private int present;
  private boolean nullAmount;
  private CommandType type;
  private String group;
  private UUID id;
  private UUID pendingId;
  private long account;
  private long debit;
  private long credit;
  private long amount;
  private long ledger;
  private long code;
  private long flags;
  private long timeoutSeconds;
  private List<Instruction> legs;

  void add(Field field) throws DecodeException {
    if ((present & field.bit()) != 0) {
      throw new DecodeException(
          "duplicate_field", "The field '" + field.text() + "' stands there twice.");
    }
    present |= field.bit();
  }

  void type(String text) throws DecodeException {
    type = CommandType.of(text);
    if (type == null) {
      throw new DecodeException("unknown_type", "There is no type '" + OneLine.of(text) + "'.");
    }
  }

  void group(String value) {
    group = value;
  }

  void uuid(Field field, UUID value) {
    if (field == Field.ID) {
      id = value;
    } else {
      pendingId = value;
    }
  }

  void nullAmount() {
    nullAmount = true;
    amount = Instruction.Post.ALL;
  }

  void legs(List<Instruction> value) {
    legs = value;
  }

  void number(Field field, long value) {
    switch (field) {
      case ACCOUNT -> account = value;
      case DEBIT -> debit = value;
      case CREDIT -> credit = value;
      case AMOUNT -> amount = value;
      case LEDGER -> ledger = value;
      case CODE -> code = value;
      case FLAGS -> flags = value;
      case TIMEOUT_SECONDS -> timeoutSeconds = value;
      default -> throw new IllegalArgumentException(field + " is not a number.");
    }
  }

  /** Checks that the fields are exactly those of the type. */
  void check(boolean leg) throws DecodeException {
    int always = leg ? Field.TYPE.bit() : Field.set(Field.TYPE, Field.GROUP);
    if (type == null) {
      throw missing(Field.TYPE.bit());
    }
    if (leg && !type.mayBeLeg()) {
      throw new DecodeException(
          "unknown_type", "A chain cannot contain a command of type '" + type.text() + "'.");
    }
    int foreign = present & ~(type.allowed() | always);
    if (foreign != 0) {
      throw new DecodeException(
          "unknown_field",
          "The field '"
              + first(foreign).text()
              + "' is not one of the type '"
              + type.text()
              + "'.");
    }
    int missing = (type.required() | always) & ~present;
    if (missing != 0) {
      throw missing(missing);
    }
    if (nullAmount && type != CommandType.POST) {
      throw new DecodeException("invalid_value", "Only a post may have an amount of null.");
    }
  }

  boolean isChain() {
    return type == CommandType.CHAIN;
  }

  String group() {
    return group;
  }

  List<Instruction> legs() {
    return legs;
  }

  Instruction toInstruction() {
    return switch (type) {
      case OPEN -> new Instruction.Open(account, (int) ledger, (int) code, (int) flags);
      case CLOSE -> new Instruction.Close(account);
      case TRANSFER, PENDING ->
          new Instruction.Transfer(
              id,
              type == CommandType.PENDING,
              debit,
              credit,
              amount,
              (int) ledger,
              (int) code,
              (int) timeoutSeconds);
      case POST -> new Instruction.Post(id, pendingId, amount);
      case VOID -> new Instruction.Void(id, pendingId);
      case CHAIN -> throw new IllegalStateException("A chain is not an instruction.");
    };
  }

  private static DecodeException missing(int fields) {
    return new DecodeException(
        "missing_field", "The field '" + first(fields).text() + "' is missing.");
  }

  private static Field first(int set) {
    return FIELDS[Integer.numberOfTrailingZeros(set)];
  }
}
