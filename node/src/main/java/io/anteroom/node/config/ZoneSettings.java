// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A zone that the node answers itself.
 *
 * @param origin its name
 * @param file in the format of RFC 1035 section 5; null for the built-in zone {@code anteroom.test}
 * @param directory that of the configuration; a file in it may include others in it
 */
public record ZoneSettings(String origin, @Nullable Path file, Path directory) {}
