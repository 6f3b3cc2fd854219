package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandDecoderTest {

  private static final String ID = "0198c2d1-7e00-7000-8000-000000000001";
  private static final String PENDING = "0198c2d1-7e00-7000-8000-000000000002";
  private static final String TRANSFER =
      "{'type':'transfer','group':'eu','id':'%s','debit':7,'credit':8,'amount':1250,'ledger':978,'code':1}"
          .formatted(ID);

  private final CommandDecoder decoder = new CommandDecoder();

  @Test
  void everyTypeIsRead() throws DecodeException {
    assertThat(only(TRANSFER))
        .isEqualTo(new Instruction.Transfer(UUID.fromString(ID), false, 7, 8, 1250, 978, 1, 0));
    assertThat(only(TRANSFER.replace("transfer", "pending").replace("}", ",'timeout-seconds':60}")))
        .isEqualTo(new Instruction.Transfer(UUID.fromString(ID), true, 7, 8, 1250, 978, 1, 60));
    assertThat(
            only(
                "{'account':9223372036854775807,'flags':['credits-must-not-exceed-debits'],"
                    + "'code':65535,'ledger':2147483647,'group':'a-0','type':'open'}"))
        .isEqualTo(new Instruction.Open(Long.MAX_VALUE, Integer.MAX_VALUE, 65535, 2));
    assertThat(only("{'type':'close','group':'eu','account':7}"))
        .isEqualTo(new Instruction.Close(7));
    String ids = "'group':'eu','id':'%s','pending-id':'%s'".formatted(ID, PENDING.toUpperCase());
    UUID id = UUID.fromString(ID);
    UUID pending = UUID.fromString(PENDING);
    assertThat(only("{'type':'post'," + ids + "}")).isEqualTo(new Instruction.Post(id, pending, 0));
    assertThat(only("{'type':'post'," + ids + ",'amount':null}"))
        .isEqualTo(new Instruction.Post(id, pending, 0));
    assertThat(only("{'type':'post'," + ids + ",'amount':5}"))
        .isEqualTo(new Instruction.Post(id, pending, 5));
    assertThat(only("{'type':'void'," + ids + "}")).isEqualTo(new Instruction.Void(id, pending));
  }

  @Test
  void aChainKeepsItsLegsInOrderAndTheOriginOfTheRecord() throws DecodeException {
    String leg = TRANSFER.replace(",'group':'eu'", "");
    Command command = decode("{'commands':[" + leg + "," + leg + "],'type':'chain','group':'eu'}");
    assertThat(command.chain()).isTrue();
    assertThat(command.legs()).hasSize(2);
    assertThat(command.partition()).isEqualTo(3);
    assertThat(command.offset()).isEqualTo(44);
    assertThat(command.timestampMs()).isEqualTo(1_780_000_000_000L);
  }

  static List<String[]> refusals() {
    String leg = TRANSFER.replace(",'group':'eu'", "");
    return List.of(
        refusal("empty", ""),
        refusal("too_large", TRANSFER + " ".repeat(65536)),
        refusal("malformed_json", "[]"),
        refusal("malformed_json", "17"),
        refusal("malformed_json", TRANSFER + " {}"),
        refusal("malformed_json", TRANSFER + "x"),
        refusal("malformed_json", TRANSFER.substring(0, 60)),
        refusal("malformed_json", TRANSFER.replace("1250", "01250")),
        refusal("malformed_json", TRANSFER.replace("1250", "NaN")),
        refusal("malformed_json", "/* no */" + TRANSFER),
        refusal("malformed_json", "\u0000{\u0000}"),
        refusal("too_deep", TRANSFER.replace("1250", "[".repeat(500) + "]".repeat(500))),
        refusal("duplicate_field", TRANSFER.replace("'debit':7", "'debit':7,'debit':7")),
        refusal("duplicate_field", TRANSFER.replace("'debit':7", "'debit':7,'d\\u0065bit':7")),
        refusal("unknown_field", TRANSFER.replace("debit", "debtor")),
        refusal("unknown_field", TRANSFER.replace("}", ",'timeout-seconds':0}")),
        refusal("unknown_field", "{'type':'chain','group':'eu','commands':[" + TRANSFER + "]}"),
        refusal("missing_field", TRANSFER.replace(",'code':1", "")),
        refusal("missing_field", TRANSFER.replace("'type':'transfer',", "")),
        refusal("missing_field", leg),
        refusal("missing_field", "{}"),
        refusal("unknown_type", TRANSFER.replace("transfer", "Transfer")),
        refusal(
            "unknown_type",
            "{'type':'chain','group':'eu','commands':[{'type':'close','account':1}]}"),
        refusal("invalid_value", TRANSFER.replace("1250", "0")),
        refusal("invalid_value", TRANSFER.replace("1250", "-1")),
        refusal("invalid_value", TRANSFER.replace("1250", "1.0")),
        refusal("invalid_value", TRANSFER.replace("1250", "1e3")),
        refusal("invalid_value", TRANSFER.replace("1250", "'1250'")),
        refusal("invalid_value", TRANSFER.replace("1250", "null")),
        refusal("invalid_value", TRANSFER.replace("1250", "9223372036854775808")),
        refusal("invalid_value", TRANSFER.replace("'code':1", "'code':65536")),
        refusal("invalid_value", TRANSFER.replace("'ledger':978", "'ledger':2147483648")),
        refusal("invalid_value", TRANSFER.replace("'eu'", "'EU'")),
        refusal("invalid_value", TRANSFER.replace("'eu'", "''")),
        refusal("invalid_value", TRANSFER.replace("'eu'", "'" + "a".repeat(33) + "'")),
        refusal("invalid_value", TRANSFER.replace(ID, "1-1-1-1-1")),
        refusal("invalid_value", TRANSFER.replace(ID, ID.replace('8', 'g'))),
        refusal("invalid_value", TRANSFER.replace(ID, new UUID(0, 0).toString())),
        refusal(
            "invalid_value",
            TRANSFER.replace(ID, LedgerIds.expiry(UUID.fromString(ID)).toString())),
        refusal("invalid_value", "{'type':'chain','group':'eu','commands':[]}"),
        refusal("invalid_value", "{'type':'chain','group':'eu','commands':[[]]}"),
        refusal(
            "invalid_value",
            "{'type':'open','group':'eu','account':1,'ledger':1,'code':1,'flags':['x']}"),
        refusal(
            "too_many_commands",
            "{'type':'chain','group':'eu','commands':[" + (leg + ",").repeat(64) + leg + "]}"));
  }

  static List<String[]> longRefusals() {
    return List.of(
        refusal("invalid_value", TRANSFER.replace("1250", "1".repeat(101))),
        refusal("invalid_value", TRANSFER.replace("1250", "1".repeat(60_000))),
        refusal("invalid_value", TRANSFER.replace("1250", "1." + "1".repeat(60_000))),
        refusal("invalid_value", TRANSFER.replace("1250", "1e" + "1".repeat(60_000))),
        refusal("unknown_type", TRANSFER.replace("transfer", "t".repeat(60_000))),
        refusal("unknown_field", TRANSFER.replace("debit", "d".repeat(60_000))));
  }

  private static String[] refusal(String code, String json) {
    return new String[] {code, json};
  }

  @ParameterizedTest
  @MethodSource({"refusals", "longRefusals"})
  void whatIsNotACommandHasACode(String code, String json) {
    assertCode(code, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 0);
  }

  @Test
  void brokenUtf8IsRefusedInAllItsForms() {
    int[][] broken = {
      {0xFF}, {0xC0, 0xAF}, {0xED, 0xA0, 0x80}, {0xF4, 0x90, 0x80, 0x80}, {0xC3}, {0x80}
    };
    for (int[] bytes : broken) {
      byte[] json = ("{\"" + "x".repeat(bytes.length) + "\":1}").getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < bytes.length; i++) {
        json[2 + i] = (byte) bytes[i];
      }
      assertCode("invalid_utf8", json, 0);
    }
  }

  @Test
  void aTimestampOutsideOfTimeIsRefused() {
    byte[] json = TRANSFER.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    assertCode("invalid_timestamp", json, -1);
    assertCode("invalid_timestamp", json, CommandDecoder.MAX_TIMESTAMP_MS + 1);
  }

  @Test
  void forgettingIdsNeedsIdsThatTellTheirTime() throws DecodeException {
    CommandDecoder strict = new CommandDecoder(1_000, true);
    byte[] json = TRANSFER.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    long created = UUID.fromString(ID).getMostSignificantBits() >>> 16;
    assertThat(strict.decode(record(json, created - 1_000)).legs()).hasSize(1);
    assertThatExceptionOfType(DecodeException.class)
        .isThrownBy(() -> strict.decode(record(json, created - 86_400_001)))
        .withMessageContaining("a day ahead");
    byte[] random =
        new String(json, StandardCharsets.UTF_8)
            .replace("-7000-", "-4000-")
            .getBytes(StandardCharsets.UTF_8);
    assertThatExceptionOfType(DecodeException.class)
        .isThrownBy(() -> strict.decode(record(random, created)))
        .withMessageContaining("version 7");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noBytesThrowAnythingElse(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CommandGenerator generator = new CommandGenerator(seed, Mix.rough(2));
    int refused = 0;
    for (int step = 0; step < 30_000; step++) {
      byte[] json = mutate(random, generator.next().json());
      try {
        decoder.decode(record(json, 0));
      } catch (DecodeException e) {
        refused++;
        assertThat(e.code()).matches("[a-z0-9_]+");
        assertThat(e.getMessage()).matches("[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]+[.]");
      } catch (RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ", step " + step + ": " + Arrays.toString(json), e);
      }
    }
    assertThat(refused).isBetween(10_000, 29_999);
  }

  private static byte[] mutate(SplittableRandom random, byte[] json) {
    byte[] mutated = json.clone();
    for (int n = random.nextInt(4); n > 0 && mutated.length > 0; n--) {
      int at = random.nextInt(mutated.length);
      switch (random.nextInt(6)) {
        case 0 -> mutated[at] = (byte) random.nextInt();
        case 1 -> mutated = Arrays.copyOf(mutated, at);
        case 2 -> mutated[at] = (byte) "{}[]\":,\\0-u".charAt(random.nextInt(11));
        case 3 -> {
          byte[] longer = Arrays.copyOf(mutated, mutated.length + at);
          System.arraycopy(mutated, 0, longer, mutated.length, at);
          mutated = longer;
        }
        case 4 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
        default -> Arrays.fill(mutated, at, Math.min(mutated.length, at + 40), (byte) '[');
      }
    }
    return mutated;
  }

  private void assertCode(String code, byte[] json, long timestampMs) {
    assertThatExceptionOfType(DecodeException.class)
        .isThrownBy(() -> decoder.decode(record(json, timestampMs)))
        .satisfies(e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  private Instruction only(String json) throws DecodeException {
    Command command = decode(json);
    assertThat(command.chain()).isFalse();
    assertThat(command.legs()).hasSize(1);
    return command.legs().get(0);
  }

  private Command decode(String json) throws DecodeException {
    return decoder.decode(
        record(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 1_780_000_000_000L));
  }

  private static RawRecord record(byte[] value, long timestampMs) {
    return new RawRecord("commands", 3, 44, timestampMs, null, value);
  }
}
