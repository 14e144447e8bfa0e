// SPDX-License-Identifier: Apache-2.0
/**
 * What the author of a filter uses: a function from request to verdict, and a member of the cluster
 * that asks it.
 */
@NullMarked
package io.anteroom.protocol.sdk;

import org.jspecify.annotations.NullMarked;
