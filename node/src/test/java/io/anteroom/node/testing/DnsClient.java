// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.xbill.DNS.Message;

/**
 * One client with one socket. It does what a test says with bytes of the test's, has no retries,
 * and no ids of its own. What it waits for comes within {@link #PATIENCE}, or the test has failed.
 */
public abstract sealed class DnsClient implements AutoCloseable
    permits UdpClient, TcpClient, HttpsClient, QuicClient, Https3Client {
  /** Far more than anything takes; only a failure lasts that long. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final int HEADER = 12;

  /** Sends a message. */
  public abstract void send(byte[] message);

  /** What the node gets if this message is sent. */
  public byte[] asSent(byte[] message) {
    return message;
  }

  /** The next message that comes. */
  public abstract byte[] receive();

  @Override
  public abstract void close();

  /**
   * Asks, and takes the next message for the answer. Whatever it says, it must be one to this
   * query: with its id, its question in the case it was sent, and EDNS exactly if that had it.
   */
  public final Message ask(byte[] query) {
    send(query);
    return receiveAnswerTo(query);
  }

  /** The next message, which must be an answer to this query. */
  public final Message receiveAnswerTo(byte[] query) {
    byte[] answer = receive();
    Message parsed = DnsMessages.parse(answer);
    assertThat(answer).hasSizeGreaterThan(HEADER);
    assertThat(Arrays.copyOf(answer, 2)).as("id").isEqualTo(Arrays.copyOf(query, 2));
    assertThat(answer[2] & 0xf9).as("QR set, QUERY, RD as sent").isEqualTo(0x80 | query[2] & 1);
    assertThat(question(answer)).as("question").isEqualTo(question(query));
    assertThat(parsed.getOPT() != null)
        .as("EDNS in the answer")
        .isEqualTo(DnsMessages.parse(query).getOPT() != null);
    return parsed;
  }

  private static byte[] question(byte[] message) {
    assertThat(message[5]).as("QDCOUNT").isEqualTo((byte) 1);
    int at = HEADER;
    while (message[at] != 0) {
      at += 1 + message[at];
    }
    return Arrays.copyOfRange(message, HEADER, at + 5);
  }
}
