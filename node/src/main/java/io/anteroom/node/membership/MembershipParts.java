// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.node.share.Shares;
import java.util.List;
import java.util.function.Consumer;

/**
 * Collaborators of {@link Membership}, and addresses.
 *
 * @param self address of this node as other members know it, {@code host:port}
 * @param first the first generation, started already
 * @param standing takes the standing to send to nodes that ask
 * @param moveWaiting makes the listeners move suspended queries to the generation that has taken
 *     over
 */
public record MembershipParts(
    String self,
    List<String> seeds,
    Generation first,
    Generation.Factory generations,
    Asker asker,
    Consumer<byte[]> standing,
    Runnable moveWaiting,
    Shares shares) {}
