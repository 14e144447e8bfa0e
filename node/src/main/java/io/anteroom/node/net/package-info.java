// SPDX-License-Identifier: Apache-2.0
/**
 * Event loops and the sockets on them, shared by listeners and forwarders. This package does not
 * know DNS.
 */
@NullMarked
package io.anteroom.node.net;

import org.jspecify.annotations.NullMarked;
