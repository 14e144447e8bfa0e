// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.upstream.SocketListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link Resolver}, from a {@link ResolverBuilder}.
 *
 * @param ports the ports of servers that are written without one
 * @param hostAliases the file of HOSTALIASES; null if there is none
 * @param maxLookups the maximum number of concurrent lookups
 */
record Settings(
    PoolSettings channel,
    ServerText.Ports ports,
    int ndots,
    List<String> domains,
    boolean bareNames,
    List<NameSource> lookups,
    Path hosts,
    @Nullable Path hostAliases,
    Path services,
    List<Netmask> sortlist,
    Duration qcacheMaxTtl,
    boolean ipv6,
    boolean authenticData,
    int maxLookups,
    SocketListener listener) {

  SearchRules searchRules() {
    return new SearchRules(ndots, domains, !channel.has(ChannelFlag.NO_SEARCH), bareNames);
  }

  Settings withServers(List<ServerSettings> servers) {
    return new Settings(
        channel.withServers(servers),
        ports,
        ndots,
        domains,
        bareNames,
        lookups,
        hosts,
        hostAliases,
        services,
        sortlist,
        qcacheMaxTtl,
        ipv6,
        authenticData,
        maxLookups,
        listener);
  }
}
