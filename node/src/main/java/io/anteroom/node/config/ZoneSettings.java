// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;

/**
 * A zone that the node answers itself.
 *
 * @param origin its name
 * @param file in the format of RFC 1035 section 5; null for the built-in zone {@code anteroom.test}
 */
public record ZoneSettings(String origin, @org.jspecify.annotations.Nullable Path file) {}
