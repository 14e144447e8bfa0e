// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The body of a POST request, as far as it has arrived. For one thread. */
public final class Body {
  /**
   * Most bytes kept of a query. A longer one is cut to this length, as over UDP and TCP, and
   * answered like one that can't be parsed.
   */
  public static final int MAX_QUERY = 2_048;

  private static final byte[] EMPTY = {};

  private final long announced;
  private byte[] kept = EMPTY;
  private int length;

  /**
   * An empty body.
   *
   * @param announced the content-length; -1 for none
   */
  public Body(long announced) {
    this.announced = announced;
  }

  /** Adds what has arrived; false if the body is longer than a DNS message can be. */
  public boolean add(ByteBuf data) {
    int more = data.readableBytes();
    int room = Math.min(more, MAX_QUERY - kept.length);
    if (room > 0) {
      kept = Arrays.copyOf(kept, kept.length + room);
      data.getBytes(data.readerIndex(), kept, kept.length - room, room);
    }
    length += more;
    return length <= DohRequest.MOST;
  }

  /** Why the body, which is complete, is refused; null if it is not. */
  public @Nullable Refusal refusal() {
    return announced >= 0 && announced != length ? Refusal.INCOMPLETE : DohRequest.refusal(length);
  }

  /** The message, cut to {@link #MAX_QUERY}. */
  public byte[] message() {
    return kept;
  }
}
