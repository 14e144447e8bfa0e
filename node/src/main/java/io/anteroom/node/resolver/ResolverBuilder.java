// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ResolvConf;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.upstream.SocketListener;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link Resolver}, with c-ares' names and defaults, and a deadline of 4 s for
 * each question. Not for several threads.
 */
public final class ResolverBuilder {
  private static final Path HOSTS = Path.of("/etc/hosts");
  private static final Duration QCACHE_MAX_TTL = Duration.ofHours(1);

  private PoolSettings channel = PoolSettings.of("resolver", List.of());
  private int ndots = 1;
  private List<String> domains = List.of();
  private boolean bareNames = true;
  private List<NameSource> lookups = List.of(NameSource.HOSTS_FILE, NameSource.DNS);
  private Path hosts = HOSTS;
  private @Nullable Path hostAliases;
  private List<Netmask> sortlist = List.of();
  private Duration qcacheMaxTtl = QCACHE_MAX_TTL;
  private boolean ipv6 = true;
  private boolean authenticData;
  private int maxLookups = 32_768;
  private SocketListener listener = SocketListener.NONE;

  ResolverBuilder() {}

  /** What this file says, and RES_OPTIONS, LOCALDOMAIN and HOSTALIASES in the environment. */
  public ResolverBuilder resolvConf(Path file, Map<String, String> environment) {
    return take(ResolvConf.read(file, environment), environment.get("HOSTALIASES"));
  }

  private ResolverBuilder take(ResolvConf system, @Nullable String aliases) {
    TrySettings tries = channel.tries();
    channel =
        channel
            .withServers(system.servers())
            .withTries(system.tries(tries))
            .withChoice(system.choice(channel.choice()));
    if (system.useVc()) {
      Set<ChannelFlag> flags = EnumSet.of(ChannelFlag.USE_VC);
      flags.addAll(channel.flags());
      channel = channel.withFlags(flags);
    }
    ndots = system.ndots();
    domains = system.domains();
    sortlist = system.sortlist();
    ipv6 = !system.noAaaa();
    authenticData = system.trustAd();
    bareNames = !system.noTldQuery();
    hostAliases = aliases == null ? null : Path.of(aliases);
    return this;
  }

  /** Everything about servers, tries and sockets at once; as a pool of a node has it. */
  public ResolverBuilder channel(PoolSettings settings) {
    channel = settings;
    return this;
  }

  /** Everything about servers, tries and sockets, as it stands. */
  public PoolSettings channel() {
    return channel;
  }

  public ResolverBuilder servers(InetSocketAddress... addresses) {
    channel = channel.withServers(Arrays.stream(addresses).map(ServerSettings::of).toList());
    return this;
  }

  /**
   * Servers as c-ares writes them, see {@link ServerText}.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  public ResolverBuilder servers(String csv) {
    channel = channel.withServers(ServerText.parseAll(csv));
    return this;
  }

  /** For the first try at each server; 1 ms to 5 min. */
  public ResolverBuilder timeout(Duration timeout) {
    TrySettings t = channel.tries();
    return tries(new TrySettings(timeout, t.maxTimeout(), t.tries(), t.deadline(), t.failoverOn()));
  }

  /** At each server; 1 to 10. */
  public ResolverBuilder tries(int tries) {
    TrySettings t = channel.tries();
    return tries(new TrySettings(t.timeout(), t.maxTimeout(), tries, t.deadline(), t.failoverOn()));
  }

  /** For all tries of one question together; 1 ms to 1 h. */
  public ResolverBuilder deadline(Duration deadline) {
    TrySettings t = channel.tries();
    return tries(new TrySettings(t.timeout(), t.maxTimeout(), t.tries(), deadline, t.failoverOn()));
  }

  private ResolverBuilder tries(TrySettings tries) {
    channel = channel.withTries(tries);
    return this;
  }

  public ResolverBuilder flags(Set<ChannelFlag> flags) {
    channel = channel.withFlags(flags);
    return this;
  }

  /** Dots from which on a name is first looked up as it is; 0 to 15. */
  public ResolverBuilder ndots(int dots) {
    ndots = dots;
    return this;
  }

  /** Search domains, in their order. */
  public ResolverBuilder domains(String... names) {
    domains = List.of(names);
    return this;
  }

  /**
   * Where addresses and their names are looked for, in this order: {@code f} is the hosts file,
   * {@code b} the DNS.
   *
   * @throws IllegalArgumentException if there is another letter in it, or none
   */
  public ResolverBuilder lookups(String order) {
    lookups = NameSource.parse(order);
    return this;
  }

  public ResolverBuilder hosts(Path file) {
    hosts = file;
    return this;
  }

  /** Names without dots that stand for others, as the file of HOSTALIASES has them. */
  public ResolverBuilder hostAliases(Path file) {
    hostAliases = file;
    return this;
  }

  /** Networks whose addresses come first, in this order. */
  public ResolverBuilder sortlist(Netmask... networks) {
    sortlist = List.of(networks);
    return this;
  }

  /** How long an answer is kept at most; zero keeps none, 7 days is the most. */
  public ResolverBuilder qcacheMaxTtl(Duration ttl) {
    qcacheMaxTtl = ttl;
    return this;
  }

  /** Lookups at once, 1 to 1,000,000; more fail with {@link Status#ESERVICE}. */
  public ResolverBuilder maxLookups(int max) {
    maxLookups = max;
    return this;
  }

  public ResolverBuilder socketListener(SocketListener hears) {
    listener = hears;
    return this;
  }

  /**
   * A resolver that is ready to be asked.
   *
   * @throws IllegalArgumentException names the option that is not within its limits
   */
  public Resolver build() {
    Settings settings =
        new Settings(
            channel,
            ndots,
            domains,
            bareNames,
            lookups,
            hosts,
            hostAliases,
            sortlist,
            qcacheMaxTtl,
            ipv6,
            authenticData,
            maxLookups,
            listener);
    OptionLimits.check(settings);
    return new Resolver(settings);
  }
}
