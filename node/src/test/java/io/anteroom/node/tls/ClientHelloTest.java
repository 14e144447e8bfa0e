// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

final class ClientHelloTest {
  /** The headers of the record and of the handshake message. */
  private static final int HEADERS = 5 + 4;

  private static byte[] hello(String name, String... protocols) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (name != null) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    byte[] body = new byte[record.position() - HEADERS];
    record.get(HEADERS, body);
    return body;
  }

  private static ClientHello parse(byte[] body) {
    ByteBuf buffer = Unpooled.wrappedBuffer(body);
    ClientHello hello = ClientHello.parse(buffer);
    assertThat(buffer.readerIndex()).isZero();
    return hello;
  }

  @Test
  void serverNameAndProtocols_areRead() throws Exception {
    assertThat(parse(hello("Dns.Example", "dot", "h2")))
        .isEqualTo(new ClientHello("dns.example", List.of("dot", "h2")));
  }

  @Test
  void helloWithoutThem_saysNothing() throws Exception {
    assertThat(parse(hello(null))).isEqualTo(ClientHello.SILENT);
  }

  @Test
  void helloThatIsCutAnywhere_isReadAsFarAsItGoes() throws Exception {
    byte[] whole = hello("dns.example", "dot");
    for (int length = 0; length < whole.length; length++) {
      assertThat(parse(java.util.Arrays.copyOf(whole, length))).isNotNull();
    }
  }

  @Test
  void noise_isReadWithoutAnException() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] whole = hello("dns.example", "dot");
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      assertThat(parse(changed)).as("seed %d", seed).isNotNull();
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertThat(parse(noise)).as("seed %d", seed).isNotNull();
    }
  }
}
