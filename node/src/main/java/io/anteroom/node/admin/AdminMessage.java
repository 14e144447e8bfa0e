// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/** What the admin agents of different nodes say to one another. */
interface AdminMessage {}
