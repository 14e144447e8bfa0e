// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.anteroom.protocol.Attach;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.testing.SerializerContract;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every serializer holds for this one, and more about huge lengths. */
final class ProtocolMutationActorTest extends SerializerContract<ProtocolMessage> {
  private static final int MUTATIONS = 250_000;

  private final Samples samples = new Samples(kit);
  private final KryoMessageSerializer serializer =
      KryoMessageSerializer.of(kit.system(), ProtocolMessage.class);

  ProtocolMutationActorTest() {
    super(ProtocolMessage.class, 17_350, MUTATIONS);
  }

  @Override
  protected List<ProtocolMessage> samples() {
    return samples.small();
  }

  @Override
  protected List<ProtocolMessage> timeless() {
    return samples.all();
  }

  @Override
  protected long unreadable() {
    return ProtocolSerializer.unreadable(kit.system());
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

    assertThat(attach.router().path().toString()).endsWith("/deadLetters");
    assertThatCode(() -> attach.router().tell(new ResumesToNobody())).doesNotThrowAnyException();
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

  private record ResumesToNobody() implements ToRouter {}
}
