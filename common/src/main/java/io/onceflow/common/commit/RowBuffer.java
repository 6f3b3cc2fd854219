package io.onceflow.common.commit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing byte array for encoding rows, big-endian. Used by one thread; cleared and used again
 * for every row, so that a row costs no allocation.
 */
public final class RowBuffer {

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int length;

  /**
   * @param capacity bytes to start with
   */
  public RowBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /** The array that holds the content from 0 to {@link #length()}; valid until the next write. */
  public byte[] array() {
    return bytes;
  }

  /** Bytes written since the last {@link #clear()}. */
  public int length() {
    return length;
  }

  /** Forgets the content. */
  public void clear() {
    length = 0;
  }

  /** Forgets what was written after the given length. */
  public void truncate(int newLength) {
    length = newLength;
  }

  /** A copy of the content. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** Appends one byte. */
  public void putByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  /** Appends two bytes. */
  public void putShort(int value) {
    reserve(Short.BYTES);
    SHORTS.set(bytes, length, (short) value);
    length += Short.BYTES;
  }

  /** Appends four bytes. */
  public void putInt(int value) {
    reserve(Integer.BYTES);
    INTS.set(bytes, length, value);
    length += Integer.BYTES;
  }

  /** Overwrites four bytes that were written before. */
  public void setInt(int position, int value) {
    INTS.set(bytes, position, value);
  }

  /** Appends eight bytes. */
  public void putLong(long value) {
    reserve(Long.BYTES);
    LONGS.set(bytes, length, value);
    length += Long.BYTES;
  }

  /** Appends a range of an array. */
  public void putBytes(byte[] source, int offset, int count) {
    reserve(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  /** Makes room for that many more bytes. */
  public void reserve(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, count)));
    }
  }
}
