package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of version 1, as they are in savepoints: they have to be read for ever. */
class SerializersTest {

  private static final UUID ID = UUID.fromString("0198c2d1-7e00-7000-8000-000000000001");
  private static final UUID OTHER = UUID.fromString("0198c2d1-7e00-7000-8000-000000000002");
  private static final String ID_HEX = "0198c2d17e0070008000000000000001";
  private static final String OTHER_HEX = "0198c2d17e0070008000000000000002";

  /** A value, its serializer and the bytes it had when the format was made. */
  record Golden(Object value, TypeSerializer<?> serializer, String hex) {}

  static List<Golden> golden() {
    return List.of(
        new Golden(ID, UuidSerializer.INSTANCE, ID_HEX),
        new Golden(
            new Account(7, 978, 10, 1, true, 1, 2, 3, 4, 5),
            AccountSerializer.INSTANCE,
            "01 0000000000000007 000003d2 0000000a 01 01 0000000000000001 0000000000000002"
                + " 0000000000000003 0000000000000004 0000000000000005"),
        new Golden(
            new LedgerHeader(1, 2, 3, DueIndex.NONE, 4),
            LedgerHeaderSerializer.INSTANCE,
            "01 0000000000000001 0000000000000002 0000000000000003 7fffffffffffffff 0000000000000004"),
        new Golden(TransferState.FAILED, TransferStateSerializer.INSTANCE, "01 05"),
        new Golden(
            TransferState.resolving(TransferKind.POST, ID, 9, 8),
            TransferStateSerializer.INSTANCE,
            "01 02 0000000000000008 0000000000000009 " + ID_HEX),
        new Golden(
            new TransferState(
                TransferKind.PENDING, PendingStatus.EXPIRED, 1, null, 2, 3, 4, 5, 6, 7),
            TransferStateSerializer.INSTANCE,
            "01 01 0000000000000001 0000000000000004 04 0000000000000002 0000000000000003"
                + " 00000005 00000006 00000007"));
  }

  @ParameterizedTest
  @MethodSource("golden")
  @SuppressWarnings("unchecked") // Each value stands beside its own serializer.
  void savedBytesAreReadAndWrittenAsEver(Golden golden) throws IOException {
    TypeSerializer<Object> serializer = (TypeSerializer<Object>) golden.serializer();
    byte[] bytes = HexFormat.of().parseHex(golden.hex().replace(" ", ""));
    assertThat(serializer.deserialize(new DataInputDeserializer(bytes))).isEqualTo(golden.value());
    assertThat(bytes(serializer, golden.value())).isEqualTo(bytes);
  }

  static List<Object> travellers() {
    Instruction.Transfer transfer =
        new Instruction.Transfer(ID, true, 1, 2, Long.MAX_VALUE, 4, 5, 6);
    List<Instruction> legs =
        List.of(
            new Instruction.Open(1, 2, 3, 2),
            new Instruction.Close(9),
            transfer,
            new Instruction.Transfer(OTHER, false, 1, 2, 3, 4, 5, 0),
            new Instruction.Post(ID, OTHER, 0),
            new Instruction.Void(ID, OTHER));
    return List.of(
        new Command("eu", 1, 2, 3, true, legs),
        new Command("eu", 1, 2, 3, false, List.of(transfer)),
        new TransferRow("eu", 1, ID, TransferKind.VOID, OTHER, 2, 3, 4, 0, -4, 5, 6, 7, 8, 9, 10),
        new TransferRow("eu", 1, ID, TransferKind.TRANSFER, null, 2, 3, 4, 4, 0, 5, 6, 7, 8, 9, 10),
        new AccountRow("eu", new Account(7, 978, 10, 1, false, 1, 2, 3, 4, 5)),
        new ResultRow(1, 2, 63, "eu", ID, 0, ResultCode.CHAIN_PARTIALLY_EXISTS, 0, 4),
        new ResultRow(1, 2, 3, "eu", null, 4, ResultCode.CREATED, 0, 4));
  }

  @ParameterizedTest
  @MethodSource("travellers")
  @SuppressWarnings("unchecked") // The type comes from the value.
  void whatTravelsArrivesAsItWas(Object value) throws IOException {
    Class<?> type = value instanceof LedgerOutput ? LedgerOutput.class : value.getClass();
    TypeInformation<Object> info = (TypeInformation<Object>) TypeInformation.of(type);
    TypeSerializer<Object> serializer = info.createSerializer(new SerializerConfigImpl());
    assertThat(serializer.getClass().getPackageName()).isEqualTo("io.onceflow.ledger");
    byte[] bytes = bytes(serializer, value);
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    assertThat(serializer.deserialize(in)).isEqualTo(value);
    assertThat(in.available()).isZero();
  }

  @Test
  void theNumbersOfResultsAreThoseOfVersionOne() {
    assertThat(Arrays.stream(ResultCode.values()).map(code -> code.number() + " " + code.text()))
        .containsAll(
            List.of(
                "0 created",
                "1 exists",
                "2 closed",
                "3 account_already_closed",
                "4 flags_are_mutually_exclusive",
                "5 account_not_found",
                "6 id_too_old",
                "7 exists_with_different_kind",
                "8 exists_with_different_pending_id",
                "9 exists_with_different_timeout",
                "10 exists_with_different_debit_account",
                "11 exists_with_different_credit_account",
                "12 exists_with_different_amount",
                "13 exists_with_different_ledger",
                "14 exists_with_different_code",
                "15 exists_with_different_flags",
                "16 id_already_failed",
                "17 accounts_must_be_different",
                "18 pending_id_must_be_different",
                "19 debit_account_not_found",
                "20 credit_account_not_found",
                "21 accounts_must_have_the_same_ledger",
                "22 transfer_must_have_the_same_ledger_as_accounts",
                "23 pending_transfer_not_found",
                "24 pending_transfer_not_pending",
                "25 exceeds_pending_transfer_amount",
                "26 pending_transfer_already_posted",
                "27 pending_transfer_already_voided",
                "28 pending_transfer_expired",
                "29 debit_account_already_closed",
                "30 credit_account_already_closed",
                "31 overflows_debits_pending",
                "32 overflows_credits_pending",
                "33 overflows_debits_posted",
                "34 overflows_credits_posted",
                "35 overflows_debits",
                "36 overflows_credits",
                "37 exceeds_credits",
                "38 exceeds_debits",
                "39 linked_event_failed",
                "40 chain_partially_exists"));
    assertThat(ResultCode.values())
        .allSatisfy(code -> assertThat(ResultCode.of(code.number())).isSameAs(code));
  }

  @Test
  void resultsHaveATypeOfTheirOwn() {
    assertThat(TypeInformation.of(ResultRow.class)).isEqualTo(LedgerTypes.RESULT);
  }

  @Test
  void bytesOfANewerReleaseAreRefusedWithASentence() {
    byte[] bytes = {2, 0, 0};
    assertThatIOException()
        .isThrownBy(() -> AccountSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes)))
        .withMessageContaining("written by a newer release");
  }

  /** State and records between operators: damaged, cut, random. No length in them is believed. */
  @Test
  @SuppressWarnings("unchecked") // Each value stands beside its own serializer.
  void damagedStateIsAnIoExceptionAndNothingElse() throws IOException {
    for (Golden golden : golden()) {
      byte[] whole = HexFormat.of().parseHex(golden.hex().replace(" ", ""));
      assertOnlyIoExceptions((TypeSerializer<Object>) golden.serializer(), whole);
    }
    for (Object value : travellers()) {
      Class<?> type = value instanceof LedgerOutput ? LedgerOutput.class : value.getClass();
      TypeInformation<Object> info = (TypeInformation<Object>) TypeInformation.of(type);
      TypeSerializer<Object> serializer = info.createSerializer(new SerializerConfigImpl());
      assertOnlyIoExceptions(serializer, bytes(serializer, value));
    }
  }

  private static void assertOnlyIoExceptions(TypeSerializer<Object> serializer, byte[] whole) {
    SplittableRandom random = new SplittableRandom(20261122);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length + 8));
      for (int damages = random.nextInt(4); damages >= 0 && bytes.length > 0; damages--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        serializer.deserialize(new DataInputDeserializer(bytes));
      } catch (IOException refused) {
        assertThat(refused).isNotNull();
      } catch (RuntimeException e) {
        throw new AssertionError(
            "%s, input %d of seed 20261122".formatted(serializer.getClass(), i), e);
      }
    }
  }

  @Test
  void theSameGroupNameIsTheSameString() throws IOException {
    CommandSerializer serializer = new CommandSerializer();
    byte[] bytes =
        bytes(serializer, new Command("eu", 1, 2, 3, false, List.of(new Instruction.Close(9))));
    String first = serializer.deserialize(new DataInputDeserializer(bytes)).group();
    assertThat(serializer.deserialize(new DataInputDeserializer(bytes)).group()).isSameAs(first);
  }

  private static <T> byte[] bytes(TypeSerializer<T> serializer, T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(value, out);
    return out.getCopyOfBuffer();
  }
}
