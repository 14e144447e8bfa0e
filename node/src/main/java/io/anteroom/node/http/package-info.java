// SPDX-License-Identifier: Apache-2.0
/**
 * DNS over HTTPS (RFC 8484) without sockets: what requests ask for, and the frames and header
 * blocks of HTTP/2. It does not know the configuration or what answers queries.
 */
@NullMarked
package io.anteroom.node.http;

import org.jspecify.annotations.NullMarked;
