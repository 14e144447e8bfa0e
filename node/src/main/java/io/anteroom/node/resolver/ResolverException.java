// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.io.Serial;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A lookup ended without what was looked for; {@link #status()} says why. */
public final class ResolverException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  /** A domain name is no longer, not even if each of its bytes is escaped. */
  private static final int LONGEST_NAME = 4 * 255;

  private final Status status;
  private final int timeouts;
  private final transient @Nullable Reply reply;

  ResolverException(Status status, String what) {
    this(status, what, 0, null);
  }

  /** A server has answered, but not with what was looked for. */
  ResolverException(Status status, String what, Reply reply) {
    this(status, what, reply.timeouts(), reply);
  }

  ResolverException(Status status, String what, int timeouts, @Nullable Reply reply) {
    // Whoever fails thousands of lookups needs no thousands of traces of an event loop.
    super(shortened(what) + ": " + status.text(), null, false, false);
    this.status = status;
    this.timeouts = timeouts;
    this.reply = reply;
  }

  private static String shortened(String what) {
    return what.length() <= LONGEST_NAME ? what : what.substring(0, LONGEST_NAME) + "...";
  }

  /** The same about something else. */
  ResolverException about(String what) {
    return new ResolverException(status, what, timeouts, reply);
  }

  public Status status() {
    return status;
  }

  /** How many tries timed out before it ended. */
  public int timeouts() {
    return timeouts;
  }

  /** What a server said, if one did. */
  public Optional<Reply> reply() {
    return Optional.ofNullable(reply);
  }

  /** The server that said so, if one did. */
  public Optional<InetSocketAddress> server() {
    return reply().flatMap(Reply::server);
  }
}
