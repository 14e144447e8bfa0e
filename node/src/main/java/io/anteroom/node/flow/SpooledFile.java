// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.nio.file.Path;

/**
 * An answer that a rule wrote to a file.
 *
 * @param timestamp when, in seconds since 1970
 * @param flowKey the client, the transport and the name, separated by spaces
 * @param path the absolute path; the file is removed when there are too many newer ones
 * @param request the question in words
 * @param response the response code and the numbers of records in words
 * @param length the size of the file in bytes
 */
public record SpooledFile(
    long timestamp, String flowKey, Path path, String request, String response, int length) {}
