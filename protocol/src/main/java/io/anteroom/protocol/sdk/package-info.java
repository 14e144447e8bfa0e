// SPDX-License-Identifier: Apache-2.0
/**
 * The API for authors of filters: a function from request to verdict, and a cluster member that
 * calls it.
 */
@NullMarked
package io.anteroom.protocol.sdk;

import org.jspecify.annotations.NullMarked;
