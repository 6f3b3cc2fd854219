package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link RetryControl}, between operators and in state. */
public final class RetryControlSerializer extends VersionedSerializer<RetryControl> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  private static final int PAUSE = 1;
  private static final int RESUME = 2;
  private static final int DRAIN = 3;
  private static final int CHANGE_RULES = 4;

  private final RetryRulesSerializer rules = new RetryRulesSerializer();

  @Override
  protected void write(RetryControl control, DataOutputView out) throws IOException {
    if (control instanceof RetryControl.Pause pause) {
      write(PAUSE, pause.dependency(), out);
    } else if (control instanceof RetryControl.Resume resume) {
      write(RESUME, resume.dependency(), out);
    } else if (control instanceof RetryControl.Drain drain) {
      write(DRAIN, drain.dependency(), out);
    } else {
      out.writeByte(CHANGE_RULES);
      rules.serialize(((RetryControl.ChangeRules) control).rules(), out);
    }
  }

  private static void write(int tag, String dependency, DataOutputView out) throws IOException {
    out.writeByte(tag);
    RetryWire.writeText(dependency, out);
  }

  @Override
  protected RetryControl read(int version, DataInputView in) throws IOException {
    int tag = in.readUnsignedByte();
    return switch (tag) {
      case PAUSE -> new RetryControl.Pause(RetryWire.readText(in));
      case RESUME -> new RetryControl.Resume(RetryWire.readText(in));
      case DRAIN -> new RetryControl.Drain(RetryWire.readText(in));
      case CHANGE_RULES -> new RetryControl.ChangeRules(rules.deserialize(in));
      default -> throw new IOException("There is no control with tag %d.".formatted(tag));
    };
  }
}
