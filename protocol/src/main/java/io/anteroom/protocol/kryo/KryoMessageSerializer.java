// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import java.io.NotSerializableException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.ByteBufferSerializer;
import org.apache.pekko.serialization.JSerializer;
import org.apache.pekko.serialization.SerializationExtension;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Pekko serializer for a closed set of records. Pekko makes one per ActorSystem and uses it from
 * all of its threads; each thread has a Kryo and buffers of its own.
 *
 * <p>For any bytes, reading throws only {@link NotSerializableException}; each such message is
 * counted. Writing throws {@link BufferOverflowException} if the message is too large for the
 * buffer, as Artery expects.
 */
public abstract class KryoMessageSerializer extends JSerializer implements ByteBufferSerializer {
  /** The first byte of every message. A reader refuses any other value. */
  static final int VERSION = 1;

  private static final Logger LOG = LoggerFactory.getLogger(KryoMessageSerializer.class);

  private final int identifier;
  private final Class<?> messages;
  private final LongAdder unreadable = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final LongAdder unwritable = new LongAdder();
  private final ThreadLocal<RecordKryo> kryos;

  /**
   * Creates a serializer.
   *
   * @param identifier the number of the serializer, which is part of the protocol
   * @param messages the type of this serializer's messages; other records occur only inside them
   */
  protected KryoMessageSerializer(
      ExtendedActorSystem system, int identifier, Class<?> messages, Registrations registrations) {
    this.identifier = identifier;
    this.messages = messages;
    // The resolver is an extension that itself needs serialization, so it is looked up lazily.
    kryos =
        ThreadLocal.withInitial(
            () -> new RecordKryo(registrations, ActorRefResolver.get(Adapter.toTyped(system))));
  }

  /** The serializer that this system uses for that class, to read its counters. */
  public static KryoMessageSerializer of(ActorSystem<?> system, Class<?> messages) {
    try {
      return (KryoMessageSerializer)
          SerializationExtension.get(Adapter.toClassic(system)).serializerFor(messages);
    } catch (NotSerializableException e) {
      throw new IllegalArgumentException(messages + " has no serializer in " + system.name(), e);
    }
  }

  /** How many elements of messages could not be read and were skipped. */
  public final long skipped() {
    return skipped.sum();
  }

  /** How many messages could not be read, and were dropped. */
  public final long unreadable() {
    return unreadable.sum();
  }

  /** How many elements of messages could not be written and were left out. */
  public final long unwritable() {
    return unwritable.sum();
  }

  @Override
  public final int identifier() {
    return identifier;
  }

  /** The class is named by its id within the message. */
  @Override
  public final boolean includeManifest() {
    return false;
  }

  @Override
  public final byte[] toBinary(Object message) {
    return write(message).toBytes();
  }

  @Override
  public final void toBinary(Object message, ByteBuffer target) {
    write(message).toBuffer(target);
  }

  @Override
  public final Object fromBinaryJava(byte[] bytes, @Nullable Class<?> manifest) {
    FieldReader in = kryos.get().reader();
    in.reset(bytes);
    try {
      return read(in);
    } catch (NotSerializableException e) {
      throw KryoMessageSerializer.<RuntimeException>unchecked(e);
    }
  }

  @Override
  public final Object fromBinary(ByteBuffer source, String manifest)
      throws NotSerializableException {
    FieldReader in = kryos.get().reader();
    in.reset(source);
    return read(in);
  }

  private FieldWriter write(Object message) {
    FieldWriter out = kryos.get().writer();
    out.reset();
    try {
      out.number8(VERSION);
      out.record(messages.cast(message));
      if (out.failure() != null) {
        leftOut(message, out);
      }
      return out;
    } catch (KryoBufferOverflowException e) {
      throw (BufferOverflowException) new BufferOverflowException().initCause(e);
    }
  }

  /**
   * Logs once, and counts, elements that could not be written. This is a bug, because constructors
   * refuse such values.
   */
  private void leftOut(Object message, FieldWriter out) {
    if (unwritable.sum() == 0) {
      LOG.error(
          "a part of {} can't be written and is left out; more like this are not logged",
          message.getClass().getSimpleName(),
          out.failure());
    }
    unwritable.add(out.leftOut());
  }

  private Object read(FieldReader in) throws NotSerializableException {
    try {
      int version = in.number8();
      if (version != VERSION) {
        throw new Malformed("version " + version);
      }
      Object message = in.record(messages);
      if (in.more()) {
        throw new Malformed("bytes after the end");
      }
      if (in.failure() != null) {
        skipped(message, in);
      }
      return message;
    } catch (RuntimeException e) {
      unreadable.increment();
      throw new Unreadable(e);
    } finally {
      in.release();
    }
  }

  private void skipped(Object message, FieldReader in) {
    if (skipped.sum() == 0) {
      LOG.warn(
          "a part of {} can't be read and is left out ({}); more like this are not logged",
          message.getClass().getSimpleName(),
          String.valueOf(in.failure()));
    }
    skipped.add(in.skipped());
  }

  /** Scala declares no checked exceptions here, but callers expect this one. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E unchecked(Exception e) throws E {
    throw (E) e;
  }
}
