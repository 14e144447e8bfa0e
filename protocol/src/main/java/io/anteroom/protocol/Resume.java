// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

/** The verdict about one suspended query. */
public record Resume(SuspensionKey key, Verdict verdict) {}
