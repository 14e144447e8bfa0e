// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * What a client has told about itself when it connected, or a proxy about its client. Nothing of it
 * is known for a plain query over UDP or TCP.
 *
 * @param serverName the name in its TLS server name indication (RFC 6066 section 3), in lower case;
 *     empty for none
 * @param path the path of its HTTP request, without the query; empty for other transports
 * @param identity who the client is by the configuration of the listener, at most {@link
 *     io.anteroom.protocol.FilterRequest#MAX_IDENTITY} characters that are printable and no spaces;
 *     empty if that is not known
 */
public record Session(String serverName, String path, String identity) {
  /** Maximum length in characters of a domain name. */
  public static final int MAX_SERVER_NAME = 255;

  /** A longer path is cut when the query is sent to another node, where only operators see it. */
  public static final int MAX_PATH = 1_024;

  public static final Session NONE = new Session("", "", "");

  /** A session of a client whose identity is not known. */
  public static Session of(String serverName, String path) {
    return of(serverName, path, "");
  }

  /** A session; {@link #NONE} if all is empty. */
  public static Session of(String serverName, String path, String identity) {
    return serverName.isEmpty() && path.isEmpty() && identity.isEmpty()
        ? NONE
        : new Session(serverName, path, identity);
  }

  /** The same session of a client with this identity. */
  public Session withIdentity(String known) {
    return of(serverName, path, known);
  }

  /** The same session with this path. */
  public Session withPath(String asked) {
    return of(serverName, asked, identity);
  }

  /** The same session with this server name. */
  public Session withServerName(String name) {
    return of(name, path, identity);
  }
}
