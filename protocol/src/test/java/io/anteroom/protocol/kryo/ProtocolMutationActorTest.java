// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.anteroom.protocol.Attach;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.Verdict;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the bytes are, reading ends in a message or in the one exception for all that is bad.
 */
final class ProtocolMutationActorTest {
  private static final int MUTATIONS = 1_000_000;
  private static final byte[] NASTY = {0, 1, 0x7f, (byte) 0x80, (byte) 0xff, 100, 120};

  private static ActorTestKit kit;
  private static Samples samples;
  private static KryoMessageSerializer serializer;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new Samples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ProtocolMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  static List<ProtocolMessage> messages() {
    return samples.small();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void message_mutated_isReadOrUnreadable(ProtocolMessage message) {
    byte[] original = serializer.toBinary(message);
    ByteBuffer buffer = ByteBuffer.allocate(original.length + 8);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    long before = serializer.unreadable();
    long unreadable = 0;

    for (int i = 0; i < MUTATIONS; i++) {
      mutate(original, buffer, random);
      try {
        assertThat(serializer.fromBinary(buffer, "") instanceof ProtocolMessage).isTrue();
      } catch (NotSerializableException e) {
        unreadable++;
      } catch (Throwable e) {
        fail("seed %d, mutation %d: %s".formatted(seed, i, hex(buffer)), e);
      }
    }
    assertThat(serializer.unreadable() - before).as("seed %d", seed).isEqualTo(unreadable);
  }

  @Test
  void lengths_thatAreHuge_allocateNothing() {
    List<String> huge =
        List.of(
            "01" + "68" + "06" + "FFFFFFFF07" + "00", // so many results
            "01" + "68" + "FFFFFFFF07" + "00", // so long a record
            "01" + "68" + "FFFFFFFF0F" + "00", // a negative length
            "01" + "64" + "08" + "0100" + "FFFFFFFF07" + "41", // so long a reference
            "01"
                + "67"
                + "14"
                + "0141"
                + "00"
                + "01"
                + "6F"
                + "0F"
                + "0100"
                + "0000000000000000"
                + "7B"
                + "05"
                + "FFFFFFFF07"); // so long an answer
    for (String hex : huge) {
      byte[] bytes = HexFormat.of().parseHex(hex);
      assertThatThrownBy(() -> serializer.fromBinary(bytes))
          .isInstanceOf(NotSerializableException.class);

      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        serializer.fromBinary(bytes);
        fail("readable: " + hex);
      } catch (Exception e) {
        assertThat(e).isInstanceOf(NotSerializableException.class);
      }
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).as(hex).isLessThan(100_000);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "/user/x", "pekko://", "\u0000", "http://a/b", "pekko://x@:/y#z"})
  void actorRef_thatIsNone_isNobody(String text) throws Exception {
    byte[] reference = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.allocate(64);
    buffer.put((byte) 1).put((byte) 100).put((byte) (3 + reference.length)).putShort((short) 1);
    buffer.put((byte) reference.length).put(reference).flip();

    Attach attach = (Attach) serializer.fromBinary(buffer, "");
    attach.dispatcher().tell(new ResumesToNobody());
  }

  @Test
  void record_whereAnotherBelongs_isLeftOut() {
    byte[] bytes = serializer.toBinary(samples.resumes(Verdict.drop()));
    // What follows the id: length, key, a verdict of five bytes, and how many are undecided.
    int record = bytes.length - 1 - 1 - 10 - 5 - 1;
    assertThat(bytes[record]).isEqualTo((byte) 111);
    bytes[record] = 124;

    assertThat(((Resumes) serializer.fromBinary(bytes)).resumes()).isEmpty();
  }

  private record ResumesToNobody() implements ToDispatcher {}

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
