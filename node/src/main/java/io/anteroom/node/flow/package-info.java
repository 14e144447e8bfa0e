// SPDX-License-Identifier: Apache-2.0
/**
 * A query on its way, and the messages between the packages. No logic: whoever has to talk to a
 * package above its own does so through an ActorRef with a message from here.
 */
@NullMarked
package io.anteroom.node.flow;

import org.jspecify.annotations.NullMarked;
