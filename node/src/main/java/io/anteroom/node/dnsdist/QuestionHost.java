// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Client;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What questions need of their node.
 *
 * @param pools the upstream pools that a script may choose, as {@link PoolNames} has them; the
 *     default one is always among them
 * @param local the address at which a client's query arrived; null if that is not known
 */
record QuestionHost(
    Set<String> pools,
    MessageIds ids,
    Suspender suspender,
    Function<Client, @Nullable InetSocketAddress> local) {
  /** A host without ids of its own, suspension and addresses. */
  static QuestionHost of(Set<String> pools) {
    return new QuestionHost(pools, MessageIds.OF_CLIENTS, Suspender.NONE, client -> null);
  }
}
