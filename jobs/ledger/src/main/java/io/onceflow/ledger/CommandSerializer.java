package io.onceflow.ledger;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The format of {@link Command} between operators. Equal group names come out as the same string,
 * because the heap state backend keeps the key of the command with every entry that the command
 * adds.
 */
public final class CommandSerializer extends VersionedSerializer<Command> {

  private static final long serialVersionUID = 1L;
  private static final int MAX_CACHED_GROUPS = 4096;
  private static final int OPEN = 0;
  private static final int CLOSE = 1;
  private static final int TRANSFER = 2;
  private static final int PENDING = 3;
  private static final int POST = 4;
  private static final int VOID = 5;

  private transient Map<String, String> groups;

  @Override
  public CommandSerializer duplicate() {
    return new CommandSerializer();
  }

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(Command command, DataOutputView out) throws IOException {
    out.writeUTF(command.group());
    out.writeInt(command.partition());
    out.writeLong(command.offset());
    out.writeLong(command.timestampMs());
    out.writeBoolean(command.chain());
    out.writeByte(command.legs().size());
    for (Instruction leg : command.legs()) {
      writeLeg(leg, out);
    }
  }

  @Override
  protected Command read(int version, DataInputView in) throws IOException {
    String group = canonical(in.readUTF());
    int partition = in.readInt();
    long offset = in.readLong();
    long timestampMs = in.readLong();
    boolean chain = in.readBoolean();
    int size = in.readUnsignedByte();
    List<Instruction> legs;
    if (size == 1) {
      legs = List.of(readLeg(in));
    } else {
      legs = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        legs.add(readLeg(in));
      }
    }
    return new Command(group, partition, offset, timestampMs, chain, legs);
  }

  private String canonical(String group) {
    if (groups == null) {
      groups = new HashMap<>();
    }
    String known = groups.get(group);
    if (known == null) {
      if (groups.size() == MAX_CACHED_GROUPS) {
        groups.clear();
      }
      groups.put(group, group);
      return group;
    }
    return known;
  }

  private static void writeLeg(Instruction leg, DataOutputView out) throws IOException {
    if (leg instanceof Instruction.Transfer transfer) {
      writeTransfer(transfer, out);
    } else if (leg instanceof Instruction.Post post) {
      out.writeByte(POST);
      UuidSerializer.write(post.id(), out);
      UuidSerializer.write(post.pendingId(), out);
      out.writeLong(post.amount());
    } else if (leg instanceof Instruction.Void cancel) {
      out.writeByte(VOID);
      UuidSerializer.write(cancel.id(), out);
      UuidSerializer.write(cancel.pendingId(), out);
    } else if (leg instanceof Instruction.Open open) {
      out.writeByte(OPEN);
      out.writeLong(open.account());
      out.writeInt(open.ledger());
      out.writeInt(open.code());
      out.writeByte(open.flags());
    } else {
      out.writeByte(CLOSE);
      out.writeLong(((Instruction.Close) leg).account());
    }
  }

  private static void writeTransfer(Instruction.Transfer transfer, DataOutputView out)
      throws IOException {
    out.writeByte(transfer.pending() ? PENDING : TRANSFER);
    UuidSerializer.write(transfer.id(), out);
    out.writeLong(transfer.debit());
    out.writeLong(transfer.credit());
    out.writeLong(transfer.amount());
    out.writeInt(transfer.ledger());
    out.writeInt(transfer.code());
    out.writeInt(transfer.timeoutSeconds());
  }

  private static Instruction readLeg(DataInputView in) throws IOException {
    int tag = in.readUnsignedByte();
    return switch (tag) {
      case OPEN ->
          new Instruction.Open(in.readLong(), in.readInt(), in.readInt(), in.readUnsignedByte());
      case CLOSE -> new Instruction.Close(in.readLong());
      case TRANSFER, PENDING ->
          new Instruction.Transfer(
              UuidSerializer.read(in),
              tag == PENDING,
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readInt(),
              in.readInt(),
              in.readInt());
      case POST ->
          new Instruction.Post(UuidSerializer.read(in), UuidSerializer.read(in), in.readLong());
      case VOID -> new Instruction.Void(UuidSerializer.read(in), UuidSerializer.read(in));
      default -> throw new IOException("There is no instruction with tag " + tag + ".");
    };
  }
}
