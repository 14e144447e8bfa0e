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
 * The options of a {@link Resolver}, with c-ares' names and defaults, and a deadline of 4 s for
 * each question. Not for several threads.
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
   * What this file says, and RES_OPTIONS, LOCALDOMAIN and HOSTALIASES in the environment. The
   * resolver follows the file when it changes, but for what is set after this.
   */
  public ResolverBuilder resolvConf(Path file, Map<String, String> environment) {
    Map<String, String> own = Map.copyOf(environment);
    systemFile = file;
    return then(options -> options.readSystem(file, own));
  }

  /** Everything about servers, tries and sockets at once; as a pool of a node has it. */
  public ResolverBuilder channel(PoolSettings settings) {
    return then(options -> options.channel = settings);
  }

  /** Everything about servers, tries and sockets, as it stands. */
  public PoolSettings channel() {
    return recipe().settings().channel();
  }

  public ResolverBuilder servers(InetSocketAddress... addresses) {
    List<ServerSettings> servers = Arrays.stream(addresses).map(ServerSettings::of).toList();
    return then(options -> options.channel = options.channel.withServers(servers));
  }

  /**
   * Servers as c-ares writes them, see {@link ServerText}. A file that one names is relative to the
   * working directory.
   *
   * @throws IllegalArgumentException says what is wrong
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
   * Where servers are asked over UDP that are written without a port: those of {@link
   * #servers(String)}, {@link Resolver#setServers(String)} and resolv.conf. 53 if nothing is said.
   */
  public ResolverBuilder udpPort(int port) {
    udpPort = port;
    return this;
  }

  /** The same over TCP, of which {@link #udpPort} says nothing. */
  public ResolverBuilder tcpPort(int port) {
    tcpPort = port;
    return this;
  }

  /** For the first try at each server; 1 ms to 5 min. */
  public ResolverBuilder timeout(Duration timeout) {
    return tries(
        t -> new TrySettings(timeout, t.maxTimeout(), t.tries(), t.deadline(), t.failoverOn()));
  }

  /** At each server; 1 to 10. */
  public ResolverBuilder tries(int tries) {
    return tries(
        t -> new TrySettings(t.timeout(), t.maxTimeout(), tries, t.deadline(), t.failoverOn()));
  }

  /** For all tries of one question together; 1 ms to 1 h. */
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

  /** Dots from which on a name is first looked up as it is; 0 to 15. */
  public ResolverBuilder ndots(int dots) {
    return then(options -> options.ndots = dots);
  }

  /** Search domains, in their order. */
  public ResolverBuilder domains(String... names) {
    List<String> own = List.of(names);
    return then(options -> options.domains = own);
  }

  /**
   * Where addresses and their names are looked for, in this order: {@code f} is the hosts file,
   * {@code b} the DNS.
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

  /** Names without dots that stand for others, as the file of HOSTALIASES has them. */
  public ResolverBuilder hostAliases(Path file) {
    return then(options -> options.hostAliases = file);
  }

  /** The names of ports, as services(5) has them; {@code /etc/services} if nothing is said. */
  public ResolverBuilder services(Path file) {
    return then(options -> options.services = file);
  }

  /** Networks whose addresses come first, in this order. */
  public ResolverBuilder sortlist(Netmask... networks) {
    List<Netmask> own = List.of(networks);
    return then(options -> options.sortlist = own);
  }

  /** How long an answer is kept at most; zero keeps none, 7 days is the most. */
  public ResolverBuilder qcacheMaxTtl(Duration ttl) {
    return then(options -> options.qcacheMaxTtl = ttl);
  }

  /** Lookups at once, 1 to 1,000,000; more fail with {@link Status#ESERVICE}. */
  public ResolverBuilder maxLookups(int max) {
    return then(options -> options.maxLookups = max);
  }

  public ResolverBuilder socketListener(SocketListener hears) {
    return then(options -> options.listener = hears);
  }

  /**
   * A resolver that is ready to be asked.
   *
   * @throws IllegalArgumentException names the option that is not within its limits
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
