// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/**
 * The names of an address and a port.
 *
 * @param host a name without a final dot, or the numeric address
 * @param service the name in the services file, or the numeric port
 */
public record NameInfo(String host, String service) {}
