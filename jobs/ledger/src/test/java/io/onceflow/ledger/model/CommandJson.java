package io.onceflow.ledger.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.Account;
import io.onceflow.ledger.Command;
import io.onceflow.ledger.Instruction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads a command once more, as a tree and by the names in {@code docs/ledger.md}. It believes that
 * the command is well-formed.
 */
final class CommandJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private CommandJson() {}

  static Command read(RawRecord record) {
    JsonNode json = parse(record.value());
    boolean chain = json.get("type").textValue().equals("chain");
    List<Instruction> legs = new ArrayList<>();
    if (chain) {
      json.get("commands").forEach(leg -> legs.add(leg(leg)));
    } else {
      legs.add(leg(json));
    }
    return new Command(
        json.get("group").textValue(),
        record.partition(),
        record.offset(),
        record.timestampMs(),
        chain,
        legs);
  }

  private static Instruction leg(JsonNode json) {
    String type = json.get("type").textValue();
    return switch (type) {
      case "open" ->
          new Instruction.Open(
              number(json, "account"), small(json, "ledger"), code(json), flags(json));
      case "close" -> new Instruction.Close(number(json, "account"));
      case "transfer", "pending" -> transfer(json, type.equals("pending"));
      case "post" ->
          new Instruction.Post(id(json, "id"), id(json, "pending-id"), number(json, "amount"));
      case "void" -> new Instruction.Void(id(json, "id"), id(json, "pending-id"));
      default -> throw new IllegalArgumentException("The model knows no command " + type + ".");
    };
  }

  private static Instruction transfer(JsonNode json, boolean pending) {
    return new Instruction.Transfer(
        id(json, "id"),
        pending,
        number(json, "debit"),
        number(json, "credit"),
        number(json, "amount"),
        small(json, "ledger"),
        code(json),
        small(json, "timeout-seconds"));
  }

  private static int flags(JsonNode json) {
    int flags = 0;
    for (JsonNode flag : json.path("flags")) {
      flags |=
          flag.textValue().equals("debits-must-not-exceed-credits")
              ? Account.DEBITS_MUST_NOT_EXCEED_CREDITS
              : Account.CREDITS_MUST_NOT_EXCEED_DEBITS;
    }
    return flags;
  }

  private static UUID id(JsonNode json, String field) {
    return UUID.fromString(json.get(field).textValue());
  }

  private static int code(JsonNode json) {
    return small(json, "code");
  }

  private static int small(JsonNode json, String field) {
    return Math.toIntExact(number(json, field));
  }

  /** 0 is what a post without an amount and a pending transfer without a timeout have. */
  private static long number(JsonNode json, String field) {
    return json.path(field).asLong(0);
  }

  private static JsonNode parse(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException("The decoder took for a command what is not even JSON.", e);
    }
  }
}
