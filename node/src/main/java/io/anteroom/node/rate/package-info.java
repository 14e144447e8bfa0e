// SPDX-License-Identifier: Apache-2.0
/**
 * Who asks too much: token buckets and counts in tables of a fixed size, the limit of equal
 * responses, and the clients that are blocked. Knows of no rule and no chain.
 */
@NullMarked
package io.anteroom.node.rate;

import org.jspecify.annotations.NullMarked;
