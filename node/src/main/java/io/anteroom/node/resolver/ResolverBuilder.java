// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.upstream.SocketListener;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Options of a {@link Resolver}, with c-ares' names and defaults, and a deadline of 4 s for each
 * query. Not thread-safe.
 */
public final class ResolverBuilder {
  private static final int MAX_PORT = 0xffff;
  private static final Path WORKING_DIRECTORY = Path.of("").toAbsolutePath();

  private final List<Consumer<Options>> steps = new ArrayList<>();
  private @Nullable Path systemFile;
  private int udpPort = ServerText.Ports.DEFAULT.udp();
  private int tcpPort = ServerText.Ports.DEFAULT.tcp();

  ResolverBuilder() {}

  /**
   * Uses the settings of this file, and RES_OPTIONS, LOCALDOMAIN and HOSTALIASES from the
   * environment. The resolver follows changes of the file, except for options that are set after
   * this call.
   */
  public ResolverBuilder resolvConf(Path file, Map<String, String> environment) {
    Map<String, String> own = Map.copyOf(environment);
    systemFile = file;
    return then(options -> options.readSystem(file, own));
  }

  /** Sets all options for servers, tries and sockets at once, as for a pool of a node. */
  public ResolverBuilder channel(PoolSettings settings) {
    return then(options -> options.channel = settings);
  }

  /** The current options for servers, tries and sockets. */
  public PoolSettings channel() {
    return recipe().settings().channel();
  }

  public ResolverBuilder servers(InetSocketAddress... addresses) {
    List<ServerSettings> servers = Arrays.stream(addresses).map(ServerSettings::of).toList();
    return then(options -> options.channel = options.channel.withServers(servers));
  }

  /**
   * Sets the servers, in the notation of c-ares; see {@link ServerText}. A file in it is relative
   * to the working directory.
   *
   * @throws IllegalArgumentException if the text is invalid
   */
  public ResolverBuilder servers(String csv) {
    var unused = parse(csv, ServerText.Ports.DEFAULT);
    return then(
        options -> options.channel = options.channel.withServers(parse(csv, options.ports)));
  }

  static List<ServerSettings> parse(String csv, ServerText.Ports ports) {
    return ServerText.parseAll(csv, ports, WORKING_DIRECTORY);
  }

  /**
   * The UDP port of servers that are written without one, in {@link #servers(String)}, {@link
   * Resolver#setServers(String)} and resolv.conf. The default is 53.
   */
  public ResolverBuilder udpPort(int port) {
    udpPort = port;
    return this;
  }

  /** The TCP port of such servers, which is independent of {@link #udpPort}. */
  public ResolverBuilder tcpPort(int port) {
    tcpPort = port;
    return this;
  }

  /** The timeout of the first try for each server; 1 ms to 5 min. */
  public ResolverBuilder timeout(Duration timeout) {
    return tries(
        t -> new TrySettings(timeout, t.maxTimeout(), t.tries(), t.deadline(), t.failoverOn()));
  }

  /** The number of tries for each server; 1 to 10. */
  public ResolverBuilder tries(int tries) {
    return tries(
        t -> new TrySettings(t.timeout(), t.maxTimeout(), tries, t.deadline(), t.failoverOn()));
  }

  /** The deadline of all tries of one query; 1 ms to 1 h. */
  public ResolverBuilder deadline(Duration deadline) {
    return tries(
        t -> new TrySettings(t.timeout(), t.maxTimeout(), t.tries(), deadline, t.failoverOn()));
  }

  private ResolverBuilder tries(UnaryOperator<TrySettings> change) {
    return then(o -> o.channel = o.channel.withTries(change.apply(o.channel.tries())));
  }

  public ResolverBuilder flags(Set<ChannelFlag> flags) {
    Set<ChannelFlag> own = Set.copyOf(flags);
    return then(options -> options.channel = options.channel.withFlags(own));
  }

  /** A name with at least this many dots is first looked up without search domains; 0 to 15. */
  public ResolverBuilder ndots(int dots) {
    return then(options -> options.ndots = dots);
  }

  /** The search domains, in order. */
  public ResolverBuilder domains(String... names) {
    List<String> own = List.of(names);
    return then(options -> options.domains = own);
  }

  /**
   * The sources of addresses and names, in this order: {@code f} is the hosts file, {@code b} the
   * DNS.
   *
   * @throws IllegalArgumentException if there is another letter in it, or none
   */
  public ResolverBuilder lookups(String order) {
    List<NameSource> sources = NameSource.parse(order);
    return then(options -> options.lookups = sources);
  }

  public ResolverBuilder hosts(Path file) {
    return then(options -> options.hosts = file);
  }

  /** A file of aliases without dots, in the format of HOSTALIASES. */
  public ResolverBuilder hostAliases(Path file) {
    return then(options -> options.hostAliases = file);
  }

  /** The services file, in the format of services(5); the default is {@code /etc/services}. */
  public ResolverBuilder services(Path file) {
    return then(options -> options.services = file);
  }

  /** Networks whose addresses come first, in this order. */
  public ResolverBuilder sortlist(Netmask... networks) {
    List<Netmask> own = List.of(networks);
    return then(options -> options.sortlist = own);
  }

  /** The maximum time that an answer is cached, at most 7 days; zero disables the query cache. */
  public ResolverBuilder qcacheMaxTtl(Duration ttl) {
    return then(options -> options.qcacheMaxTtl = ttl);
  }

  /**
   * The maximum number of concurrent lookups, 1 to 1,000,000; further ones fail with {@link
   * Status#ESERVICE}.
   */
  public ResolverBuilder maxLookups(int max) {
    return then(options -> options.maxLookups = max);
  }

  public ResolverBuilder socketListener(SocketListener hears) {
    return then(options -> options.listener = hears);
  }

  /**
   * Creates the resolver.
   *
   * @throws IllegalArgumentException if an option is outside its limits; the message names it
   */
  public Resolver build() {
    Recipe recipe = recipe();
    Path file = recipe.systemFile();
    SystemFile followed = file == null ? null : new SystemFile(file, recipe);
    return new Resolver(recipe.settings(), followed);
  }

  private Recipe recipe() {
    OptionLimits.within("udpPort", udpPort, 1, MAX_PORT);
    OptionLimits.within("tcpPort", tcpPort, 1, MAX_PORT);
    return new Recipe(steps, systemFile, new ServerText.Ports(udpPort, tcpPort));
  }

  private ResolverBuilder then(Consumer<Options> step) {
    steps.add(step);
    return this;
  }
}
