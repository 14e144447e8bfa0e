// SPDX-License-Identifier: Apache-2.0
/**
 * Event loops and the sockets that run on them: what listeners and forwarders share. Knows of no
 * DNS.
 */
@NullMarked
package io.anteroom.node.net;

import org.jspecify.annotations.NullMarked;
