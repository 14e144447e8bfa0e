// SPDX-License-Identifier: Apache-2.0
/**
 * Three ways to forward queries to a DNS server, as BlackHoleJ had them one after the other, behind
 * one interface, and a benchmark that compares them on one machine: a thread for each query, parked
 * threads on one socket, callbacks on shared sockets.
 */
@NullMarked
package io.anteroom.loadtest.models;

import org.jspecify.annotations.NullMarked;
