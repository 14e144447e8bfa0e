// SPDX-License-Identifier: Apache-2.0
/**
 * The server's side of TLS: certificates and keys in files, which of them a client gets, and
 * session tickets. It does not know DNS or the configuration.
 */
@NullMarked
package io.anteroom.node.tls;

import org.jspecify.annotations.NullMarked;
