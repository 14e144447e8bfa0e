// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.io.Output;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.jspecify.annotations.Nullable;

/**
 * Writes the fields of records; {@link FieldReader} has the counterpart of each method. Not
 * thread-safe.
 */
public final class FieldWriter {
  /** Larger than any Artery frame, including large frames. */
  private static final int MAX_MESSAGE = 4 << 20;

  private static final int INITIAL = 4096;

  private final RecordKryo kryo;
  private final ActorRefResolver refs;
  private Output output = new Output(INITIAL, MAX_MESSAGE);
  private int leftOut;
  private @Nullable RuntimeException failure;

  FieldWriter(RecordKryo kryo, ActorRefResolver refs) {
    this.kryo = kryo;
    this.refs = refs;
  }

  /** A number from 0 to 255 in one byte. */
  public void number8(int value) {
    output.writeByte(inRange(value, 0xff));
  }

  /** A number from 0 to 65535 in two bytes. */
  public void number16(int value) {
    output.writeShort(inRange(value, 0xffff));
  }

  /** A number from 0 to 2^31 - 1, small ones in fewer bytes. */
  public void number(int value) {
    output.writeVarInt(inRange(value, Integer.MAX_VALUE), true);
  }

  /** A number from 0 to 2^63 - 1, small ones in fewer bytes; a negative one is written as 0. */
  public void count(long value) {
    output.writeVarLong(Math.max(0, value), true);
  }

  /** Any number in eight bytes. */
  public void fixed64(long value) {
    output.writeLong(value);
  }

  public void flag(boolean value) {
    output.writeBoolean(value);
  }

  public void bytes(byte[] value) {
    output.writeVarInt(value.length, true);
    output.writeBytes(value);
  }

  /** A text in UTF-8. */
  public void text(String value) {
    bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  public void texts(Map<String, String> value) {
    output.writeVarInt(value.size(), true);
    value.forEach(
        (name, text) -> {
          text(name);
          text(text);
        });
  }

  /**
   * Values that {@link io.anteroom.protocol.Values} has checked.
   *
   * @throws IllegalArgumentException if one is of another class
   */
  public void values(Map<String, ?> values) {
    number(values.size());
    values.forEach(
        (name, value) -> {
          text(name);
          ValueTags.write(this, value);
        });
  }

  public <E extends Enum<E>> void code(Codes<E> codes, E value) {
    number8(codes.code(value));
  }

  /** An optional constant, which older readers may not know; 0 means none. */
  public <E extends Enum<E>> void optionalCode(Codes<E> codes, @Nullable E value) {
    number8(value == null ? FieldReader.ABSENT : codes.code(value));
  }

  /** An address, with the scope id if it is a link-local one of this host. */
  public void address(InetAddress value) {
    byte[] address = value.getAddress();
    int scope = value instanceof Inet6Address six ? six.getScopeId() : 0;
    number8(scope == 0 ? address.length : FieldReader.SCOPED);
    output.writeBytes(address);
    if (scope != 0) {
      output.writeInt(scope);
    }
  }

  /**
   * An address and a port.
   *
   * @throws IllegalArgumentException if it is unresolved
   */
  public void socketAddress(InetSocketAddress value) {
    InetAddress address = value.getAddress();
    if (address == null) {
      throw new IllegalArgumentException("unresolved address " + value);
    }
    address(address);
    number16(value.getPort());
  }

  public void key(SuspensionKey value) {
    number16(value.asyncId());
    fixed64(value.queryId());
  }

  public void actorRef(ActorRef<?> value) {
    text(refs.toSerializationFormat(value));
  }

  /** A registered record, with its id, in its own frame. */
  public void record(Object value) {
    record(value.getClass(), value);
  }

  /** A verdict, with the id of its kind, in its own frame. */
  public void verdict(Verdict value) {
    record(value.decision().getClass(), value);
  }

  private void record(Class<?> registered, Object value) {
    Registration registration = kryo.getRegistration(registered);
    output.writeVarInt(registration.getId(), true);
    kryo.writeObject(output, value, registration.getSerializer());
  }

  /** A registered record that may be absent. */
  public void optional(@Nullable Object value) {
    if (value == null) {
      output.writeVarInt(FieldReader.ABSENT, true);
    } else {
      record(value);
    }
  }

  /** Registered records. */
  public void records(List<?> values) {
    output.writeVarInt(values.size(), true);
    for (Object value : values) {
      record(value);
    }
  }

  /**
   * Registered records, without those that can't be written, so that these do not make the others
   * fail.
   *
   * @return the records that were left out; mostly none
   */
  public <T> List<T> writableRecords(List<T> values) {
    int start = output.position();
    try {
      records(values);
      return List.of();
    } catch (RuntimeException e) {
      failure = e;
      output.setPosition(start);
      List<T> writable = new ArrayList<>();
      List<T> unwritable = new ArrayList<>();
      for (T value : values) {
        (isWritable(value) ? writable : unwritable).add(value);
      }
      records(writable);
      leftOut += unwritable.size();
      return unwritable;
    }
  }

  private boolean isWritable(Object value) {
    int start = output.position();
    try {
      record(value);
      return true;
    } catch (RuntimeException e) {
      return false;
    } finally {
      output.setPosition(start);
    }
  }

  /** Elements of one kind that are not records. */
  public <T> void list(List<T> values, BiConsumer<FieldWriter, T> element) {
    output.writeVarInt(values.size(), true);
    for (T value : values) {
      element.accept(this, value);
    }
  }

  /** Reserves one byte for the length of the frame, which is enough for most records. */
  int beginFrame() {
    int start = output.position();
    output.writeByte(0);
    return start;
  }

  void endFrame(int start) {
    int length = output.position() - start - 1;
    int more = Output.varIntLength(length, true) - 1;
    if (more > 0) {
      for (int i = 0; i < more; i++) {
        output.writeByte(0);
      }
      byte[] buffer = output.getBuffer();
      System.arraycopy(buffer, start + 1, buffer, start + 1 + more, length);
    }
    output.setPosition(start);
    output.writeVarInt(length, true);
    output.setPosition(start + 1 + more + length);
  }

  /** Starts a message; releases buffer space of the last one beyond a usual frame. */
  void reset() {
    if (output.getBuffer().length > FieldReader.MAX_SCRATCH) {
      output = new Output(INITIAL, MAX_MESSAGE);
    }
    output.reset();
    leftOut = 0;
    failure = null;
  }

  /** How many records of the message could not be written. */
  int leftOut() {
    return leftOut;
  }

  /** Why the first of these could not; null if all could. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  byte[] toBytes() {
    return output.toBytes();
  }

  void toBuffer(ByteBuffer target) {
    target.put(output.getBuffer(), 0, output.position());
  }

  private static int inRange(int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(value + " is not within 0 to " + max);
    }
    return value;
  }
}
