// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A query as a {@link ScriptedServer} received it, and everything that can be done to who asked.
 * Any thread may answer, at any time, any number of times.
 */
public final class Asked {
  private static final int HEADER = 12;
  private static final int OPT = 11;
  private static final int BADCOOKIE = 23;

  private final byte[] bytes;
  private final InetSocketAddress source;
  private final boolean tcp;
  private final Wire wire;
  private final int questionEnd;
  private final String name;

  /** The way back. */
  interface Wire {
    void send(byte[] message) throws IOException;

    void sendFromElsewhere(byte[] message) throws IOException;

    void sendFromOtherAddress(byte[] message) throws IOException;

    void sendRaw(byte[] stream) throws IOException;

    void close() throws IOException;

    void later(Duration delay, Runnable action);
  }

  Asked(byte[] bytes, InetSocketAddress source, boolean tcp, Wire wire) {
    this.bytes = bytes;
    this.source = source;
    this.tcp = tcp;
    this.wire = wire;
    StringBuilder text = new StringBuilder();
    int at = HEADER;
    while (bytes[at] != 0) {
      text.append(new String(bytes, at + 1, bytes[at], StandardCharsets.ISO_8859_1)).append('.');
      at += 1 + bytes[at];
    }
    this.name = text.toString();
    this.questionEnd = at + 5;
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  public int id() {
    return u16(bytes, 0);
  }

  /** The name, absolute and in lower case. */
  public String name() {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The name as it was sent, absolute. */
  public String nameAsSent() {
    return name;
  }

  public int type() {
    return u16(bytes, questionEnd - 4);
  }

  public int flags() {
    return u16(bytes, 2);
  }

  /** The bytes behind the question: the OPT record, if there is one and nothing else. */
  public byte[] additional() {
    return Arrays.copyOfRange(bytes, questionEnd, bytes.length);
  }

  public boolean hasEdns() {
    return u16(bytes, 10) > 0;
  }

  /** The cookies in the OPT record, which must hold nothing else; null for none. */
  public byte @Nullable [] cookie() {
    int cookie = questionEnd + OPT + 4;
    return cookie > bytes.length ? null : Arrays.copyOfRange(bytes, cookie, bytes.length);
  }

  public int sourcePort() {
    return source.getPort();
  }

  public InetAddress sourceAddress() {
    return source.getAddress();
  }

  public boolean tcp() {
    return tcp;
  }

  /** Sends the true answer: one A record with {@link #addressOf} the name. */
  public void answer() {
    send(answerBytes());
  }

  /** Sends the true answer with these cookies. */
  public void answerWithCookie(byte[] cookie) {
    send(withCookie(answerBytes(), 0, cookie));
  }

  /** Sends the true answer with two OPT records. */
  public void answerWithTwoOpts() {
    byte[] answer = answerBytes();
    answer[11] = 2;
    send(
        ByteBuffer.allocate(answer.length + 2 * OPT)
            .put(answer)
            .put(opt(0, 0))
            .put(opt(0, 0))
            .array());
  }

  /** Sends BADCOOKIE with these cookies. */
  public void badCookie(byte[] cookie) {
    send(withCookie(empty(0x8080 | BADCOOKIE & 0xf), BADCOOKIE, cookie));
  }

  /** Sends an answer without records. */
  public void rcode(int rcode) {
    send(empty(0x8080 | rcode));
  }

  /** Sends an answer without records but an OPT record. */
  public void rcodeWithOpt(int rcode) {
    byte[] message = empty(0x8080 | rcode & 0xf);
    message[11] = 1;
    send(ByteBuffer.allocate(message.length + OPT).put(message).put(opt(rcode, 0)).array());
  }

  /** Sends an empty answer with TC set. */
  public void truncated() {
    send(empty(0x8280));
  }

  /** Sends the header alone, with this RCODE and no question. */
  public void headerOnly(int rcode) {
    byte[] header = Arrays.copyOf(empty(0x8080 | rcode), HEADER);
    header[5] = 0;
    send(header);
  }

  /** Sends the true answer with another id. */
  public void answerWithId(int id) {
    send(withId(answerBytes(), id));
  }

  /** Sends an answer to the question for another name of the same length. */
  public void answerToOtherName() {
    byte[] answer = answerBytes();
    answer[HEADER + 1] = (byte) (answer[HEADER + 1] == 'x' ? 'y' : 'x');
    send(answer);
  }

  /** Sends the true answer with the case of the name's letters turned over. */
  public void answerInOtherCase() {
    byte[] answer = answerBytes();
    for (int at = HEADER; answer[at] != 0; at += 1 + answer[at]) {
      for (int i = at + 1; i <= at + answer[at]; i++) {
        answer[i] ^= Character.isLetter(answer[i]) ? 0x20 : 0;
      }
    }
    send(answer);
  }

  /** Sends the true answer with the name in lower case. */
  public void answerInLowerCase() {
    byte[] answer = answerBytes();
    for (int at = HEADER; at < questionEnd - 4; at++) {
      answer[at] |= answer[at] >= 'A' && answer[at] <= 'Z' ? 0x20 : 0;
    }
    send(answer);
  }

  /** Sends the first bytes of the true answer as a message. */
  public void answerCutTo(int length) {
    send(Arrays.copyOf(answerBytes(), length));
  }

  /** Sends the true answer from another port (over UDP). */
  public void answerFromOtherPort() {
    run(() -> wire.sendFromElsewhere(answerBytes()));
  }

  /** Sends the true answer from another address and the same port (over UDP). */
  public void answerFromOtherAddress() {
    run(() -> wire.sendFromOtherAddress(answerBytes()));
  }

  /** Over TCP: sends the length prefix and half of the true answer, then closes. */
  public void closeInTheMiddle() {
    byte[] answer = answerBytes();
    byte[] half =
        ByteBuffer.allocate(2 + answer.length / 2)
            .putShort((short) answer.length)
            .put(answer, 0, answer.length / 2)
            .array();
    run(() -> wire.sendRaw(half));
    close();
  }

  /** Sends these bytes as a message. */
  public void send(byte[] message) {
    run(() -> wire.send(message));
  }

  /** Closes the connection; nothing over UDP. */
  public void close() {
    run(wire::close);
  }

  /** Does something later, on a thread of the server. */
  public void later(Duration delay, Runnable action) {
    wire.later(delay, action);
  }

  /** The true answer. */
  public byte[] answerBytes() {
    byte[] question = empty(0x8080);
    question[7] = 1;
    return ByteBuffer.allocate(question.length + 16)
        .put(question)
        .putShort((short) 0xc00c)
        .putInt(0x00010001)
        .putInt(60)
        .putShort((short) 4)
        .put(addressOf(name).getAddress())
        .array();
  }

  /** The true answer, and behind it a record that makes it 65,535 bytes long. */
  public byte[] longestAnswerBytes() {
    byte[] answer = answerBytes();
    answer[7] = 2;
    return ByteBuffer.allocate(0xffff)
        .put(answer)
        .putShort((short) 0xc00c)
        .putInt(0x00100001)
        .putInt(60)
        .putShort((short) (0xffff - answer.length - 12))
        .array();
  }

  /** The address of every name that a scripted server answers for, without regard to case. */
  public static InetAddress addressOf(String name) {
    String absolute = name.endsWith(".") ? name : name + ".";
    int hash = absolute.toLowerCase(Locale.ROOT).hashCode();
    try {
      return InetAddress.getByAddress(
          new byte[] {10, (byte) (hash >> 16), (byte) (hash >> 8), (byte) hash});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private byte[] empty(int flags) {
    byte[] answer = Arrays.copyOf(bytes, questionEnd);
    boolean recursionDesired = (bytes[2] & 1) != 0;
    answer[2] = (byte) (flags >> 8 | (recursionDesired ? 1 : 0));
    answer[3] = (byte) flags;
    Arrays.fill(answer, 6, HEADER, (byte) 0);
    return answer;
  }

  private static byte[] withCookie(byte[] message, int rcode, byte[] cookie) {
    message[11] = 1;
    return ByteBuffer.allocate(message.length + OPT + 4 + cookie.length)
        .put(message)
        .put(opt(rcode, 4 + cookie.length))
        .putShort((short) 10)
        .putShort((short) cookie.length)
        .put(cookie)
        .array();
  }

  /** An OPT record up to its options. */
  private static byte[] opt(int rcode, int optionsLength) {
    return ByteBuffer.allocate(OPT)
        .put((byte) 0)
        .putShort((short) 41)
        .putShort((short) 1232)
        .putInt(rcode >> 4 << 24)
        .putShort((short) optionsLength)
        .array();
  }

  private static byte[] withId(byte[] message, int id) {
    message[0] = (byte) (id >> 8);
    message[1] = (byte) id;
    return message;
  }

  private static int u16(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
  }

  private interface Io {
    void run() throws IOException;
  }

  private static void run(Io io) {
    try {
      io.run();
    } catch (IOException e) {
      // The one who asked has gone, or the server has been closed; its test sees what it sees.
    }
  }

  @Override
  public String toString() {
    return name + " type " + type() + " id " + id() + (tcp ? " tcp " : " udp ") + source;
  }
}
