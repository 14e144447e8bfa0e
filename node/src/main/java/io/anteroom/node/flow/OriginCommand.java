// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** What an origin understands: each listener adds what it tells itself. */
public interface OriginCommand {}
