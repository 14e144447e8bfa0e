// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A response of HTTP/1.1, as it comes over a connection. Names of header fields in lower case. */
public record Http1Reply(int status, Map<String, String> headers, byte[] body) {
  private static final String END = "\r\n\r\n";

  /** Reads the next one, with a body as long as its content-length says. */
  public static Http1Reply next(TcpClient client) {
    return next(client, true);
  }

  /** Reads the next one, which has a body or, as after HEAD or for an interim one, has none. */
  public static Http1Reply next(TcpClient client, boolean hasBody) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    while (!read.toString(StandardCharsets.US_ASCII).endsWith(END)) {
      read.writeBytes(client.receiveRaw(1));
    }
    String[] lines = read.toString(StandardCharsets.US_ASCII).split("\r\n");
    Map<String, String> headers = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      String[] field = lines[i].split(": ", 2);
      headers.put(field[0].toLowerCase(Locale.ROOT), field[1]);
    }
    int length = hasBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
    return new Http1Reply(
        Integer.parseInt(lines[0].split(" ")[1]), headers, client.receiveRaw(length));
  }

  public String header(String name) {
    return headers.getOrDefault(name, "");
  }
}
