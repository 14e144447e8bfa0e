// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever another member sends, reading it ends in a message or in the one declared exception. */
final class ClusterMutationActorTest {
  private static final int MUTATIONS = 1_000_000;
  private static final byte[] NASTY = {0, 1, 0x3f, 0x7f, (byte) 0x80, (byte) 0xc0, (byte) 0xff};

  private static ActorTestKit kit;
  private static ClusterSamples samples;
  private static KryoMessageSerializer serializer;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new ClusterSamples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ClusterMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  static List<ClusterMessage> oneOfEach() {
    return samples.oneOfEach();
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void message_mutated_isReadOrUnreadable(ClusterMessage message) {
    byte[] original = serializer.toBinary(message);
    ByteBuffer buffer = ByteBuffer.allocate(original.length + 8);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = serializer.unreadable();
    long unreadable = 0;

    for (int i = 0; i < MUTATIONS; i++) {
      mutate(original, buffer, random);
      try {
        if (!(serializer.fromBinary(buffer, "") instanceof ClusterMessage)) {
          fail("seed %d, mutation %d: no message: %s".formatted(seed, i, hex(buffer)));
        }
      } catch (NotSerializableException e) {
        unreadable++;
      } catch (Exception | StackOverflowError | OutOfMemoryError e) {
        fail("seed %d, mutation %d: %s".formatted(seed, i, hex(buffer)), e);
      }
    }
    assertThat(serializer.unreadable() - before).as("seed %d", seed).isEqualTo(unreadable);
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
