// SPDX-License-Identifier: Apache-2.0
/**
 * A DNS message as bytes: header, question and EDNS without garbage; dnsjava for everything else.
 * Nothing here knows of sockets, actors or rules, and nothing throws on bad bytes: what can't be
 * read is a result.
 */
@NullMarked
package io.anteroom.node.wire;

import org.jspecify.annotations.NullMarked;
