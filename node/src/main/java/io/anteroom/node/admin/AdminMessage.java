// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/** A message between the admin agents of different nodes. */
interface AdminMessage {}
