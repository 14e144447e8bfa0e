// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/**
 * What an address and a port are called.
 *
 * @param host a name without a dot at its end, or the address in digits
 * @param service as the services file has it, or the port in digits
 */
public record NameInfo(String host, String service) {}
