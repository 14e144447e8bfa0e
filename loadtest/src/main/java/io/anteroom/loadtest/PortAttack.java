// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.loadtest.Crowd.Burst;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** Attacks on the port by which members reach a node, by who is none. */
record PortAttack(int size, String settings, @Nullable Path certificates, Crowd.Script script)
    implements Attack {

  private static final int HEADER = 28;
  private static final int MOST_LITERALS = 300;
  private static final int LARGE_FRAME = 256 << 10;
  private static final int STREAMS = 3;
  private static final int COMPRESSED = 0xff << 24;

  @Override
  public void run(Target target) throws IOException {
    int port = target.ports().cluster();
    try (Crowd crowd = new Crowd(port, size, Crowd::anywhere, script, target.sent())) {
      crowd.run(target);
    }
  }

  @Override
  public void close() {
    if (certificates == null) {
      return;
    }
    try (Stream<Path> files = Files.list(certificates)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(certificates);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frames as Pekko's, with nothing but random numbers in them, over plain TCP. */
  static Attack garbage() {
    return new PortAttack(300, "", null, PortAttack::garbage);
  }

  private static @Nullable Burst garbage(int connection, int step, long ageNanos) {
    if (step == 0) {
      byte[] start = "AKKA?".getBytes(StandardCharsets.US_ASCII);
      start[4] = (byte) (1 + connection % STREAMS);
      return new Burst(start, 1);
    } else if (connection % 10 == 0) {
      // A large frame of which only the first part ever comes.
      return step == 1 ? new Burst(Arrays.copyOf(frame(LARGE_FRAME), LARGE_FRAME / 2), 1) : null;
    }
    return new Burst(frame(HEADER + ThreadLocalRandom.current().nextInt(MOST_LITERALS)), 1);
  }

  private static byte[] frame(int length) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] literals = new byte[length - HEADER];
    random.nextBytes(literals);
    ByteBuffer frame = ByteBuffer.allocate(4 + length).order(ByteOrder.LITTLE_ENDIAN);
    // Version, flags and numbers of the tables; who sends; the serializer.
    frame.putInt(length).putInt(random.nextInt() & 0xffff0000).putLong(random.nextLong());
    frame.putInt(random.nextInt(40));
    for (int tag = 0; tag < 3; tag++) {
      frame.putInt(random.nextBoolean() ? COMPRESSED | random.nextInt(1 << 16) : HEADER);
    }
    return frame.put(literals).array();
  }

  /** TLS handshakes that end after the first message, or within it. */
  static Attack halfHandshakes() {
    byte[] hello = hello();
    byte[] half = Arrays.copyOf(hello, hello.length / 2);
    Path directory = makeCertificates();
    String tls =
        "cluster.tls { key = \"%1$s/member.key\", certificate = \"%1$s/member.crt\", ca = \"%1$s/ca.crt\" }"
            .formatted(directory);
    return new PortAttack(
        3_900,
        tls,
        directory,
        (connection, step, age) ->
            step == 0 ? new Burst(connection % 2 == 0 ? hello : half, 1) : null);
  }

  private static byte[] hello() {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine();
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      return Arrays.copyOf(hello.array(), hello.position());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes an authority and a member's certificate, in a directory of their own. */
  private static Path makeCertificates() {
    try {
      Path directory = Files.createTempDirectory("anteroom-loadtest-");
      openssl(
          "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout %1$s/ca.key -out %1$s/ca.crt",
          directory);
      openssl(
          "req -newkey rsa:2048 -nodes -subj /CN=member -keyout %1$s/member.key -out %1$s/member.csr",
          directory);
      openssl(
          "x509 -req -days 2 -CAcreateserial -in %1$s/member.csr -CA %1$s/ca.crt -CAkey %1$s/ca.key"
              + " -out %1$s/member.crt",
          directory);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void openssl(String arguments, Path directory) throws IOException {
    String[] command = ("openssl " + arguments.formatted(directory)).split(" ", -1);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException("openssl: " + said);
    }
  }
}
