// SPDX-License-Identifier: Apache-2.0
/**
 * What nodes hold and bear: tests that load nodes in processes of their own, each a command that
 * ends by itself, says what it found, and fails when what it is to show does not hold.
 */
@NullMarked
package io.anteroom.loadtest;

import org.jspecify.annotations.NullMarked;
