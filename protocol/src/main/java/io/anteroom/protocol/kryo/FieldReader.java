// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.io.Input;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of records that {@link FieldWriter} wrote. Not thread-safe.
 *
 * <p>No read goes beyond the frame of the current record, and every length is checked against the
 * remaining bytes before anything is allocated. Invalid data throw a {@link RuntimeException},
 * which the serializer converts to the exception that Pekko expects.
 */
public final class FieldReader {
  static final int ABSENT = 0;
  static final int SCOPED = 20;

  /** The size of the copy buffer that a thread keeps: one Artery frame. */
  static final int MAX_SCRATCH = 256 << 10;

  private static final int MAX_ACTOR_REF = 2048;
  private static final int MAX_BYTES_PER_CHAR = 3;
  private static final int MAX_INITIAL_CAPACITY = 512;
  private static final byte[] EMPTY = {};

  private final RecordKryo kryo;
  private final ActorRefResolver refs;
  private final Input input = new Input(EMPTY);
  private byte[] scratch = EMPTY;
  private int skipped;
  private @Nullable RuntimeException failure;

  FieldReader(RecordKryo kryo, ActorRefResolver refs) {
    this.kryo = kryo;
    this.refs = refs;
  }

  /** Whether the record has one more field; an older writer may have sent fewer. */
  public boolean more() {
    return left() > 0;
  }

  public int number8() {
    return input.readByteUnsigned();
  }

  public int number16() {
    return input.readShortUnsigned();
  }

  public int number() {
    int value = input.readVarInt(true);
    if (value < 0) {
      throw new Malformed("negative number");
    }
    return value;
  }

  /** A number from 0 to 2^63 - 1; a negative one, which only invalid data have, is read as 0. */
  public long count() {
    return Math.max(0, input.readVarLong(true));
  }

  public long fixed64() {
    return input.readLong();
  }

  public boolean flag() {
    return input.readByte() != 0;
  }

  /** At most that many bytes, in an array of their own. */
  public byte[] bytes(int max) {
    return input.readBytes(length(max));
  }

  /** A text of at most that many characters; invalid UTF-8 becomes U+FFFD. */
  public String text(int maxChars) {
    int length = length(Math.multiplyExact(maxChars, MAX_BYTES_PER_CHAR));
    String text = new String(input.getBuffer(), input.position(), length, StandardCharsets.UTF_8);
    if (text.length() > maxChars) {
      throw new Malformed("text longer than " + maxChars);
    }
    input.skip(length);
    return text;
  }

  /** At most that many pairs of names and texts, each of at most that many characters. */
  public Map<String, String> texts(int max, int maxChars) {
    int size = size(max);
    if (size == 0) {
      return Map.of();
    }
    Map<String, String> texts = new HashMap<>();
    for (int i = 0; i < size; i++) {
      texts.put(text(maxChars), text(maxChars));
    }
    return texts;
  }

  /**
   * Values, by name.
   *
   * @throws RuntimeException if they exceed a bound of {@link io.anteroom.protocol.Values}
   */
  public Map<String, @Nullable Object> values() {
    return new ValueTags.Reading(this).map(0);
  }

  public <E extends Enum<E>> E code(Codes<E> codes) {
    int code = number8();
    E constant = codes.constant(code);
    if (constant == null) {
      throw new Malformed("unknown code " + code);
    }
    return constant;
  }

  /** Reads what {@link FieldWriter#optionalCode} wrote; null also for an unknown constant. */
  public <E extends Enum<E>> @Nullable E optionalCode(Codes<E> codes) {
    return codes.constant(number8());
  }

  /** An address; nothing is looked up. */
  public InetAddress address() {
    int kind = number8();
    if (kind != 4 && kind != 16 && kind != SCOPED) {
      throw new Malformed("an address of " + kind + " bytes");
    }
    byte[] address = input.readBytes(Math.min(kind, 16));
    try {
      return kind == SCOPED
          ? Inet6Address.getByAddress(null, address, input.readInt())
          : InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new Malformed("an address of " + kind + " bytes");
    }
  }

  public InetSocketAddress socketAddress() {
    InetAddress address = address();
    return new InetSocketAddress(address, number16());
  }

  public SuspensionKey key() {
    int asyncId = number16();
    return new SuspensionKey(asyncId, fixed64());
  }

  /** An actor reference; an invalid text becomes a reference to no actor. */
  public <T> ActorRef<T> actorRef() {
    return refs.resolveActorRef(text(MAX_ACTOR_REF));
  }

  /** A registered record of that type or a subtype. */
  public <T> T record(Class<T> type) {
    return record(input.readVarInt(true), type, type);
  }

  /** A verdict, of whatever kind. */
  public Verdict verdict() {
    return record(input.readVarInt(true), Decision.class, Verdict.class);
  }

  /** A registered record that may be absent. */
  public <T> @Nullable T optional(Class<T> type) {
    int id = input.readVarInt(true);
    return id == ABSENT ? null : record(id, type, type);
  }

  /** At most that many registered records of that type. */
  public <T> List<T> records(int max, Class<T> type) {
    return list(max, in -> in.record(type));
  }

  /**
   * At most that many registered records of that type. Records that can't be read, for example of a
   * kind that only newer members know, are skipped and counted.
   */
  public <T> List<T> readableRecords(int max, Class<T> type) {
    int size = size(max);
    List<T> list = new ArrayList<>(Math.min(size, MAX_INITIAL_CAPACITY));
    for (int i = 0; i < size; i++) {
      T element = readable(type);
      if (element != null) {
        list.add(element);
      }
    }
    return List.copyOf(list);
  }

  /** A registered record of that type; null if it can't be read, which is counted. */
  public <T> @Nullable T readable(Class<T> type) {
    return readable(input.readVarInt(true), type, type);
  }

  /** A registered record that may be absent; null also if it can't be read, which is counted. */
  public <T> @Nullable T readableOptional(Class<T> type) {
    int id = input.readVarInt(true);
    return id == ABSENT ? null : readable(id, type, type);
  }

  /** A verdict; null if it can't be read, as one of an unknown kind, which is counted. */
  public @Nullable Verdict readableVerdict() {
    return readable(input.readVarInt(true), Decision.class, Verdict.class);
  }

  private <T> @Nullable T readable(int id, Class<?> registered, Class<T> type) {
    int start = input.position();
    int length = length(Integer.MAX_VALUE);
    int end = input.position() + length;
    int limit = input.limit();
    input.setPosition(start);
    try {
      return record(id, registered, type);
    } catch (RuntimeException e) {
      input.setLimit(limit);
      input.setPosition(end);
      skipped++;
      failure = e;
      return null;
    }
  }

  /** How many records of the message could not be read. */
  int skipped() {
    return skipped;
  }

  /** Why the last of them could not; null if all could. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  /** At most that many elements that are not records; each has at least one byte. */
  public <T> List<T> list(int max, Function<FieldReader, T> element) {
    int size = size(max);
    List<T> list = new ArrayList<>(Math.min(size, MAX_INITIAL_CAPACITY));
    for (int i = 0; i < size; i++) {
      list.add(element.apply(this));
    }
    return List.copyOf(list);
  }

  /** Reads a record that is registered under a class of that type; verdicts are under another. */
  private <T> T record(int id, Class<?> registered, Class<T> type) {
    Registration registration = kryo.getRegistration(id);
    Class<?> found = registration == null ? void.class : registration.getType();
    if (registration == null || !registered.isAssignableFrom(found)) {
      throw new Malformed("class id " + id + " where " + type.getSimpleName() + " belongs");
    }
    return type.cast(kryo.readObject(input, found, registration.getSerializer()));
  }

  private int left() {
    return input.limit() - input.position();
  }

  private int length(int max) {
    int length = input.readVarInt(true);
    if (length < 0 || length > max || length > left()) {
      throw new Malformed("length " + length + " of at most " + max + ", " + left() + " left");
    }
    return length;
  }

  int size(int max) {
    return length(max);
  }

  /** Ends reading at the end of the frame that starts here; returns where the outer one ends. */
  int beginFrame() {
    int length = length(Integer.MAX_VALUE);
    int outer = input.limit();
    input.setLimit(input.position() + length);
    return outer;
  }

  /** Skips the fields that this version does not know. */
  void endFrame(int outer) {
    input.setPosition(input.limit());
    input.setLimit(outer);
  }

  /** Starts a message that is the whole of the array. */
  void reset(byte[] message) {
    input.setBuffer(message);
  }

  /** Starts a message that is the rest of the buffer, and consumes it. */
  void reset(ByteBuffer message) {
    int length = message.remaining();
    byte[] bytes = scratch.length >= length ? scratch : new byte[length];
    if (length <= MAX_SCRATCH) {
      scratch = bytes;
    }
    message.get(bytes, 0, length);
    input.setBuffer(bytes, 0, length);
  }

  /** Releases the message. */
  void release() {
    input.setBuffer(EMPTY);
    skipped = 0;
    failure = null;
  }
}
