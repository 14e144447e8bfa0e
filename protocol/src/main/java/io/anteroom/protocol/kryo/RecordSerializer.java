// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;

/**
 * Writes and reads one class of records, in a frame with its length.
 *
 * <p>An implementation has no state and is shared by all threads. It reads its fields in the order
 * in which it writes them; new fields come last and are read as {@code in.more() ? in.text(255) :
 * ""}, because older writers do not send them.
 *
 * @param <T> the record
 */
public abstract class RecordSerializer<T> extends Serializer<T> {
  protected RecordSerializer() {
    super(false, true);
  }

  /** Writes the fields. */
  protected abstract void write(FieldWriter out, T value);

  /**
   * Reads the fields. May throw any {@link RuntimeException} for invalid fields, such as those of
   * the record's constructor.
   */
  protected abstract T read(FieldReader in);

  @Override
  public final void write(Kryo kryo, Output output, T value) {
    FieldWriter out = ((RecordKryo) kryo).writer();
    int start = out.beginFrame();
    write(out, value);
    out.endFrame(start);
  }

  @Override
  public final T read(Kryo kryo, Input input, Class<? extends T> type) {
    FieldReader in = ((RecordKryo) kryo).reader();
    int outer = in.beginFrame();
    T value = read(in);
    in.endFrame(outer);
    return value;
  }
}
