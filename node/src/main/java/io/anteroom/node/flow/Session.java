// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/**
 * What a client has told about itself when it connected, or a proxy about its client. Nothing of it
 * is known for a plain query over UDP or TCP.
 *
 * @param serverName the name in its TLS server name indication (RFC 6066 section 3), in lower case;
 *     empty for none
 * @param path the path of its HTTP request, without the query; empty for other transports
 * @param identity who the client is by the configuration of the listener; empty if that is not
 *     known
 */
public record Session(String serverName, String path, String identity) {
  public static final Session NONE = new Session("", "", "");

  /** A session of a client whose identity is not known. */
  public static Session of(String serverName, String path) {
    return serverName.isEmpty() && path.isEmpty() ? NONE : new Session(serverName, path, "");
  }
}
