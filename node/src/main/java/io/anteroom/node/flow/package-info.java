// SPDX-License-Identifier: Apache-2.0
/**
 * The query and the messages between packages; no logic. A package sends to one above it only by an
 * ActorRef, with a message from here.
 */
@NullMarked
package io.anteroom.node.flow;

import org.jspecify.annotations.NullMarked;
