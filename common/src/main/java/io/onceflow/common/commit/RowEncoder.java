package io.onceflow.common.commit;

/**
 * Turns values into rows of a store, on the writer's thread. One instance per writer.
 *
 * @param <T> the sink's input
 */
public interface RowEncoder<T> {

  /**
   * Encodes one value into {@code row}. For a target that takes upserts it also writes the row's
   * key into {@code key}; an empty key means append.
   *
   * @return the index of the target in {@link Store#targets()}
   * @throws RowRejectedException when this value can never become a row of the store
   */
  int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException;

  /**
   * Encodes the dead letter of a rejected value into {@code row}.
   *
   * @return the index of the target that takes dead letters
   */
  int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row);
}
