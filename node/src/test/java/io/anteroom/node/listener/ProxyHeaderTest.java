// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static io.anteroom.node.testing.ProxyBytes.LOCAL;
import static io.anteroom.node.testing.ProxyBytes.PROXY;
import static io.anteroom.node.testing.ProxyBytes.client;
import static io.anteroom.node.testing.ProxyBytes.header;
import static io.anteroom.node.testing.ProxyBytes.joined;
import static io.anteroom.node.testing.ProxyBytes.tlv;
import static io.anteroom.node.testing.ProxyBytes.withChecksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.anteroom.node.flow.Counter;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers of the PROXY protocol. */
final class ProxyHeaderTest {
  private static final int IDENTITY = 0xea;
  private static final byte[] GOOD = client("192.0.2.1", 4711);

  @Test
  void header_namesClientServerNameAndIdentity() {
    byte[] bytes =
        withChecksum(
            client("2001:db8::1", 0, tlv(2, "DNS.Example."), tlv(4, "padding"), tlv(0xea, "anna")),
            0);

    ProxyHeader header = (ProxyHeader) read(joined(bytes, new byte[] {1, 2, 3}));

    assertThat(header.length()).isEqualTo(bytes.length);
    assertThat(header.client()).isEqualTo(new InetSocketAddress("2001:db8::1", 0));
    assertThat(header.serverName()).isEqualTo("dns.example");
    assertThat(header.identity()).asString(StandardCharsets.UTF_8).isEqualTo("anna");
  }

  @Test
  void local_namesNobody_whateverItsFamily() {
    for (int family : new int[] {0, 0x11, 0x31}) {
      ProxyHeader header = (ProxyHeader) read(header(LOCAL, family, new byte[7]));
      assertThat(header.client()).isNull();
      assertThat(header.length()).isEqualTo(23);
    }
  }

  @Test
  void header_inPart_isWaitedFor_atEveryLength() {
    for (int length = 0; length < GOOD.length; length++) {
      assertThat(read(Arrays.copyOf(GOOD, length))).isEqualTo(ProxyReading.More.MORE);
    }
  }

  static Stream<Arguments> wrong() {
    byte[] addresses = new byte[12];
    return Stream.of(
        arguments("a query", new byte[] {0, 1, 1, 0}, Counter.PROXY_MISSING),
        arguments("version 1", text("PROXY TCP4 192.0.2.1 "), Counter.PROXY_VERSION),
        arguments("another text", text("PRO"), null),
        arguments("another text", text("PROHIBIT"), Counter.PROXY_MISSING),
        arguments("version 3", header(0x31, 0x11, addresses), Counter.PROXY_VERSION),
        arguments("command 2", header(0x22, 0x11, addresses), Counter.PROXY_INVALID),
        arguments("AF_UNSPEC", header(PROXY, 0x01, addresses), Counter.PROXY_FAMILY),
        arguments("AF_UNIX", header(PROXY, 0x31, new byte[216]), Counter.PROXY_FAMILY),
        arguments("no protocol", header(PROXY, 0x10, addresses), Counter.PROXY_FAMILY),
        arguments("addresses cut off", header(PROXY, 0x21, addresses), Counter.PROXY_INVALID),
        arguments("too long", header(PROXY, 0x11, new byte[1_025]), Counter.PROXY_INVALID),
        arguments("TLV cut off", client("192.0.2.1", 1, new byte[2]), Counter.PROXY_INVALID),
        arguments("TLV too long", client("192.0.2.1", 1, text("\4\0\2x")), Counter.PROXY_INVALID),
        arguments("wrong checksum", withChecksum(GOOD, 1), Counter.PROXY_CHECKSUM),
        arguments("short checksum", client("192.0.2.1", 1, tlv(3, "x")), Counter.PROXY_CHECKSUM));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void header_thatIsNone_isRefused(String what, byte[] bytes, Counter why) {
    assertThat(read(bytes))
        .as(what)
        .isEqualTo(why == null ? ProxyReading.More.MORE : new ProxyReading.Wrong(why));
  }

  @Test
  void header_thatIsTooLong_isRefusedBeforeItHasCome() {
    byte[] begun = Arrays.copyOf(header(PROXY, 0x11, new byte[0xffff]), 16);

    assertThat(read(begun)).isEqualTo(new ProxyReading.Wrong(Counter.PROXY_INVALID));
  }

  @Test
  void anyBytes_areReadWithoutAnException() {
    Random random = new Random(15);
    byte[] whole = withChecksum(client("192.0.2.1", 1, tlv(2, "a"), tlv(0xea, "b")), 0);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = whole.clone();
      for (int changed = random.nextInt(4); changed >= 0; changed--) {
        bytes[12 + random.nextInt(bytes.length - 12)] = (byte) random.nextInt();
      }
      assertThat(read(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)))).isNotNull();
    }
  }

  private static ProxyReading read(byte[] bytes) {
    return ProxyHeader.read(Unpooled.wrappedBuffer(bytes), IDENTITY);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
