package io.onceflow.common.sink;

import io.onceflow.common.commit.RowBuffer;
import java.io.Serializable;

/** How the fields of a row follow each other in the bytes that a store loads in bulk. */
public interface RowFormat extends Serializable {

  /** Begins a row of that many fields. */
  void beginRow(RowBuffer row, int fields);

  /** Writes the field of a value that is not there. */
  void putNull(RowBuffer row);

  /** Writes the number that orders the rows of one key, in front of an upsert's fields. */
  void putSequence(RowBuffer row, long sequence);

  /** Ends a field. */
  void endField(RowBuffer row, boolean last);
}
