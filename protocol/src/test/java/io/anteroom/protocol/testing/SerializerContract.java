// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every serializer of messages between members, read as Artery does it: what was
 * written is read again, and whatever the bytes are, reading ends in a message or in the one
 * exception that costs the message only. Such a message is counted, and none makes the reader
 * allocate much.
 *
 * @param <M> the messages
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class SerializerContract<M> {
  private static final byte[] NASTY = {0, 1, 0x3f, 0x7f, (byte) 0x80, (byte) 0xc0, (byte) 0xff};
  private static final int MAX_ALLOCATED = 1 << 20;

  protected final ActorTestKit kit = ActorTestKit.create();
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Serialization pekko = SerializationExtension.get(Adapter.toClassic(kit.system()));
  private final Class<M> messages;
  private final int identifier;
  private final int mutations;

  /**
   * Takes what is tested.
   *
   * @param identifier of the serializer, which is part of the protocol
   * @param mutations that are read of each message
   */
  protected SerializerContract(Class<M> messages, int identifier, int mutations) {
    this.messages = messages;
    this.identifier = identifier;
    this.mutations = mutations;
  }

  /** Messages of every kind. */
  protected abstract List<? extends M> samples();

  /** Those that are the same when read; a deadline, for one, is not. */
  protected List<? extends M> timeless() {
    return samples();
  }

  /** How many messages the serializer could not read. */
  protected abstract long unreadable();

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  protected final byte[] write(M message) {
    assertThat(pekko.findSerializerFor(message).identifier()).isEqualTo(identifier);
    return pekko.serialize(message).get();
  }

  protected final M read(byte... bytes) throws NotSerializableException {
    return read(ByteBuffer.wrap(bytes));
  }

  private M read(ByteBuffer bytes) throws NotSerializableException {
    return messages.cast(pekko.deserializeByteBuffer(bytes, identifier, ""));
  }

  @ParameterizedTest
  @MethodSource("timeless")
  void message_throughPekko_isTheSame(M message) throws Exception {
    assertThat(read(write(message))).usingRecursiveComparison().isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void message_cutAnywhere_isUnreadable(M message) {
    byte[] bytes = write(message);
    long before = unreadable();

    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(NotSerializableException.class);
    }
    assertThat(unreadable()).isEqualTo(before + bytes.length);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void message_mutated_isReadOrUnreadable_andAllocatesLittle(M message) throws Exception {
    byte[] original = write(message);
    read(original);
    ByteBuffer buffer = ByteBuffer.allocate(original.length + 8);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = unreadable();
    long unreadable = 0;

    for (int i = 0; i < mutations; i++) {
      mutate(original, buffer, random);
      long allocated = threads.getCurrentThreadAllocatedBytes();
      try {
        read(buffer);
      } catch (NotSerializableException e) {
        unreadable++;
      } catch (Exception | StackOverflowError | OutOfMemoryError e) {
        fail("seed %d, mutation %d: %s".formatted(seed, i, hex(buffer)), e);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      if (allocated > MAX_ALLOCATED) {
        fail("seed %d, mutation %d: %d B: %s".formatted(seed, i, allocated, hex(buffer)));
      }
    }
    assertThat(unreadable() - before).as("seed %d", seed).isEqualTo(unreadable);
  }

  /** Changes one to four bytes, and at times cuts, repeats or appends. */
  private static void mutate(byte[] original, ByteBuffer buffer, SplittableRandom random) {
    buffer.clear();
    buffer.put(original);
    for (int n = random.nextInt(1, 5); n > 0; n--) {
      int at = random.nextInt(original.length);
      switch (random.nextInt(4)) {
        case 0 -> buffer.put(at, (byte) (buffer.get(at) ^ 1 << random.nextInt(8)));
        case 1 -> buffer.put(at, NASTY[random.nextInt(NASTY.length)]);
        case 2 -> buffer.put(at, (byte) random.nextInt());
        default -> buffer.put(at, (byte) (buffer.get(at) + random.nextInt(-2, 3)));
      }
    }
    int length = original.length;
    if (random.nextInt(8) == 0) {
      length = random.nextInt(buffer.capacity() + 1);
    }
    buffer.position(0).limit(length);
  }

  private static String hex(ByteBuffer buffer) {
    return HexFormat.of().formatHex(buffer.array(), 0, buffer.limit());
  }
}
