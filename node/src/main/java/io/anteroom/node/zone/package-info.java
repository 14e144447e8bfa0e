// SPDX-License-Identifier: Apache-2.0
/**
 * Local data: what the node answers itself, from hosts files, zones, and what is known of names of
 * special use. Nothing here asks anybody.
 */
@NullMarked
package io.anteroom.node.zone;

import org.jspecify.annotations.NullMarked;
