// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.io.Serial;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown when a lookup ends without a result; {@link #status()} says why. */
public final class ResolverException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  /** The longest text of a domain name, with all bytes escaped. */
  private static final int LONGEST_NAME = 4 * 255;

  private final Status status;
  private final int timeouts;
  private final transient @Nullable Reply reply;

  ResolverException(Status status, String what) {
    this(status, what, 0, null);
  }

  /** A server answered without the requested records. */
  ResolverException(Status status, String what, Reply reply) {
    this(status, what, reply.timeouts(), reply);
  }

  ResolverException(Status status, String what, int timeouts, @Nullable Reply reply) {
    // No stack trace: thousands of failed lookups would each create a useless trace of the event
    // loop.
    super(shortened(what) + ": " + status.text(), null, false, false);
    this.status = status;
    this.timeouts = timeouts;
    this.reply = reply;
  }

  private static String shortened(String what) {
    return what.length() <= LONGEST_NAME ? what : what.substring(0, LONGEST_NAME) + "...";
  }

  /** The same exception for another name. */
  ResolverException about(String what) {
    return new ResolverException(status, what, timeouts, reply);
  }

  public Status status() {
    return status;
  }

  /** The number of tries that timed out. */
  public int timeouts() {
    return timeouts;
  }

  /** The answer of a server, if there was one. */
  public Optional<Reply> reply() {
    return Optional.ofNullable(reply);
  }

  /** The server that answered, if there was one. */
  public Optional<InetSocketAddress> server() {
    return reply().flatMap(Reply::server);
  }
}
