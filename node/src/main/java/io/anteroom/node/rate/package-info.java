// SPDX-License-Identifier: Apache-2.0
/**
 * Limits for clients: token buckets and counters in tables of fixed size, response rate limiting,
 * and blocked clients. This package knows neither rules nor chains.
 *
 * <h2>Decision</h2>
 *
 * <p><b>A counter shared by event loops may be wrong by one while its bucket is full.</b> The key
 * and the state of an entry are two longs. Changing both atomically needs a lock, and an event loop
 * would wait whenever the operating system suspends the thread that holds it.
 */
@NullMarked
package io.anteroom.node.rate;

import org.jspecify.annotations.NullMarked;
