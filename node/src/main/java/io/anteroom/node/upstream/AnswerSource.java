// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/** The server and transport that an answer came from. */
public record AnswerSource(InetSocketAddress server, Transport transport) {}
