// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a local zone.
 *
 * @param origin the name of the zone
 * @param file in the format of RFC 1035 section 5; null for the built-in zone {@code anteroom.test}
 * @param directory the directory of the configuration; a zone file below it may include other files
 *     below it
 */
public record ZoneSettings(String origin, @Nullable Path file, Path directory) {}
