// SPDX-License-Identifier: Apache-2.0
/**
 * Looking names up from Java, without a node: what c-ares' API does, on the same channel that a
 * node has to its servers. {@link io.anteroom.node.resolver.Resolver} is where to begin. Search
 * rules, the hosts file and the order of addresses live here; what is sent, and what counts as an
 * answer, is the business of {@code upstream}.
 */
@NullMarked
package io.anteroom.node.resolver;

import org.jspecify.annotations.NullMarked;
