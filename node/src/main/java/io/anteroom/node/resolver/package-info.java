// SPDX-License-Identifier: Apache-2.0
/**
 * A stub resolver for Java programs, which needs no node. It offers what the API of c-ares offers,
 * and uses the same upstream code as a node. Start with {@link io.anteroom.node.resolver.Resolver}.
 * This package has the search rules, the hosts file and the order of addresses; {@code upstream}
 * decides what is sent and what counts as an answer.
 *
 * <h2>Decisions</h2>
 *
 * <p><b>Files are read on the caller's thread.</b> Each lookup that may need the hosts file or
 * HOSTALIASES checks whether the file has changed, and reads it if so. On the event loop this would
 * stop all other lookups; a separate thread would cost each lookup one more change of threads.
 *
 * <p><b>A change of resolv.conf repeats what the builder was told.</b> The builder keeps its setter
 * calls in their order and repeats them, so options that were set after {@code system()} stay
 * without a list of what came from where. Each lookup first checks the file with one {@code stat}
 * on the caller's thread, as glibc does. New servers are given to the existing channel; other
 * changed options open a new channel, and the old one closes when its lookups have ended.
 *
 * <p><b>A lookup ends through its future.</b> Whatever completes the future, also cancellation by
 * its owner, removes its questions from the pool. Later events find the future complete and are
 * ignored. So nothing must be undone when a callback cancels other lookups or closes the resolver,
 * a case in which c-ares had two security holes.
 */
@NullMarked
package io.anteroom.node.resolver;

import org.jspecify.annotations.NullMarked;
