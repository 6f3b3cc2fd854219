package io.onceflow.ledger;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads one command from a parser that stands before its first token. */
final class CommandReader {

  private static final long MAX_CODE = 65_535;
  private static final long MAX_ID_AHEAD_MS = 24L * 60 * 60 * 1000;

  private final boolean timeOrderedIds;
  private long timestampMs;

  CommandReader(boolean timeOrderedIds) {
    this.timeOrderedIds = timeOrderedIds;
  }

  Command read(JsonParser parser, RawRecord record) throws IOException, DecodeException {
    timestampMs = record.timestampMs();
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new DecodeException("malformed_json", "The value is not a JSON object.");
    }
    CommandFields fields = readObject(parser, false);
    if (parser.nextToken() != null) {
      throw new DecodeException("malformed_json", "Something follows the JSON object.");
    }
    boolean chain = fields.isChain();
    List<Instruction> legs = chain ? fields.legs() : List.of(fields.toInstruction());
    return new Command(
        fields.group(), record.partition(), record.offset(), record.timestampMs(), chain, legs);
  }

  private CommandFields readObject(JsonParser parser, boolean leg)
      throws IOException, DecodeException {
    CommandFields fields = new CommandFields();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      Field field = Field.of(name);
      if (field == null || leg && field.onlyOutermost()) {
        throw new DecodeException(
            "unknown_field",
            "The field '" + OneLine.of(name) + "' is not one of a " + (leg ? "leg." : "command."));
      }
      fields.add(field);
      parser.nextToken();
      readValue(parser, field, fields);
    }
    fields.check(leg);
    return fields;
  }

  private void readValue(JsonParser parser, Field field, CommandFields fields)
      throws IOException, DecodeException {
    switch (field) {
      case TYPE -> fields.type(text(parser, field));
      case GROUP -> fields.group(group(parser));
      case ACCOUNT, DEBIT, CREDIT -> fields.number(field, number(parser, field, 1, Long.MAX_VALUE));
      case AMOUNT -> readAmount(parser, fields);
      case LEDGER -> fields.number(field, number(parser, field, 1, Integer.MAX_VALUE));
      case CODE -> fields.number(field, number(parser, field, 1, MAX_CODE));
      case TIMEOUT_SECONDS -> fields.number(field, number(parser, field, 0, Integer.MAX_VALUE));
      case ID, PENDING_ID -> fields.uuid(field, uuid(parser, field));
      case FLAGS -> fields.number(field, flags(parser));
      case COMMANDS -> fields.legs(legs(parser));
    }
  }

  private void readAmount(JsonParser parser, CommandFields fields)
      throws IOException, DecodeException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      fields.nullAmount();
    } else {
      fields.number(Field.AMOUNT, number(parser, Field.AMOUNT, 1, Long.MAX_VALUE));
    }
  }

  private List<Instruction> legs(JsonParser parser) throws IOException, DecodeException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw invalid(parser, Field.COMMANDS, "an array");
    }
    List<Instruction> legs = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw invalid(parser, Field.COMMANDS, "an array of objects");
      }
      if (legs.size() == Command.MAX_LEGS) {
        throw new DecodeException(
            "too_many_commands",
            "The chain has more than " + Command.MAX_LEGS + " commands; split it.");
      }
      legs.add(readObject(parser, true).toInstruction());
    }
    if (legs.isEmpty()) {
      throw new DecodeException("invalid_value", "The chain has no commands.");
    }
    return legs;
  }

  private static long flags(JsonParser parser) throws IOException, DecodeException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw invalid(parser, Field.FLAGS, "an array");
    }
    int flags = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      int flag =
          switch (text(parser, Field.FLAGS)) {
            case "debits-must-not-exceed-credits" -> Account.DEBITS_MUST_NOT_EXCEED_CREDITS;
            case "credits-must-not-exceed-debits" -> Account.CREDITS_MUST_NOT_EXCEED_DEBITS;
            default -> throw invalid(parser, Field.FLAGS, "flags that exist");
          };
      if ((flags & flag) != 0) {
        throw invalid(parser, Field.FLAGS, "every flag once");
      }
      flags |= flag;
    }
    return flags;
  }

  private static String text(JsonParser parser, Field field) throws IOException, DecodeException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw invalid(parser, field, "a string");
    }
    return parser.getText();
  }

  private static String group(JsonParser parser) throws IOException, DecodeException {
    String group = text(parser, Field.GROUP);
    boolean valid = !group.isEmpty() && group.length() <= 32;
    for (int i = 0; valid && i < group.length(); i++) {
      char c = group.charAt(i);
      valid = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-';
    }
    if (!valid) {
      throw invalid(parser, Field.GROUP, "1 to 32 of a-z, 0-9 and -");
    }
    return group;
  }

  private static long number(JsonParser parser, Field field, long min, long max)
      throws IOException, DecodeException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long value = parser.getLongValue();
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw invalid(parser, field, "an integer from " + min + " to " + max);
  }

  private UUID uuid(JsonParser parser, Field field) throws IOException, DecodeException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw invalid(parser, field, "a string");
    }
    UUID id =
        LedgerIds.parse(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    if (id == null || id.getMostSignificantBits() == 0 && id.getLeastSignificantBits() == 0) {
      throw invalid(parser, field, "a UUID of 36 characters that is not all zeros");
    }
    if (id.version() == LedgerIds.OWN_VERSION) {
      throw invalid(parser, field, "a UUID of another version than 8, which is the ledger's own");
    }
    if (timeOrderedIds && id.version() != 7) {
      throw invalid(parser, field, "a UUID of version 7, because old ids are forgotten here");
    }
    if (timeOrderedIds && id.getMostSignificantBits() >>> 16 > timestampMs + MAX_ID_AHEAD_MS) {
      throw invalid(parser, field, "a UUID that is at most a day ahead of the record's timestamp");
    }
    return id;
  }

  private static DecodeException invalid(JsonParser parser, Field field, String expected)
      throws IOException {
    // Looks at all of it, so that nesting beyond reason has its own code wherever it stands.
    parser.skipChildren();
    return new DecodeException(
        "invalid_value", "The field '" + field.text() + "' must be " + expected + ".");
  }
}
