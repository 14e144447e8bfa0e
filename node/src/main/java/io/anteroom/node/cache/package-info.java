// SPDX-License-Identifier: Apache-2.0
/**
 * The answer cache, the verdict cache, and purges. This package knows neither filters nor the
 * actors that process queries.
 *
 * <h2>Decisions</h2>
 *
 * <p><b>No timer removes expired answers.</b> A look-up checks whether the answer has expired, and
 * W-TinyLFU evicts what is not used. Stale answers are needed anyway (RFC 8767). The price: the
 * cache is full after a while, and its size does not tell how many answers are fresh.
 *
 * <p><b>A record that nobody asked for keeps the whole answer out of the cache.</b> Removing only
 * that record would mean to rewrite the message, because compression pointers may lead into it. The
 * client receives the answer as the server sent it; a counter counts it.
 *
 * <p><b>A refresh runs no rules.</b> Rules decide about the query of a client, and a refresh has no
 * client. The chain {@code cache-inserted} is skipped, and {@code response} runs when the answer is
 * given to a client.
 *
 * <p><b>A failure never replaces an answer.</b> A failure is cached for 5 s (RFC 9520) if there is
 * no answer for the key. A stale answer stays, and is given immediately for 30 s after the servers
 * have failed. An overload of the node itself does not count as a failure of the servers.
 *
 * <p><b>NXDOMAIN is cached for all types and all names below</b> (RFC 2308 section 5, RFC 8020).
 * The SOA record and the proof are stored without compression pointers, so that they fit behind a
 * longer question. Parent names are looked up only after a miss, at most twelve of them.
 */
@NullMarked
package io.anteroom.node.cache;

import org.jspecify.annotations.NullMarked;
