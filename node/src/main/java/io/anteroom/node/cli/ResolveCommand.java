// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.resolver.Reply;
import io.anteroom.node.resolver.Resolver;
import io.anteroom.node.resolver.ResolverBuilder;
import io.anteroom.node.resolver.ResolverException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Queries servers like dig(1), with the upstream code of a node. */
@Command(
    name = "resolve",
    description = "Queries DNS servers, with the arguments of dig.",
    footer = {
      "",
      "  @server        address or name of a server; default: those of --config, or the system's",
      "  +short         print only the data of the answer",
      "  +tcp +norecurse +dnssec +noedns +cdflag +noadflag +ignore",
      "                 how to query, as in dig",
      "  +tls +quic +https[=PATH]",
      "                 over TLS or QUIC on port 853; over HTTPS on port 443, /dns-query",
      "  +tls-hostname=NAME, +tls-ca[=FILE], +tls-pin=SHA256",
      "                 what the certificate must be; without them any certificate will do",
      "  +time=S        seconds for one try; +tries=N: tries for each server",
      "  +search        use the system's search domains; +domain=NAME, +ndots=N",
      "  +noall +answer and the like for cmd, comments, question, authority, additional, stats",
      "",
      "Exit codes: 0 for an answer with any response code, 9 for no answer, 2 for a wrong command",
      "line. Several names are queried at the same time."
    })
final class ResolveCommand implements Callable<Integer> {
  private static final int WRONG_USE = 2;
  private static final int NO_REPLY = 9;
  private static final int DNS_PORT = 53;
  private static final int EDNS_SIZE = 1_232;
  private static final Duration MAX_DEADLINE = Duration.ofHours(1);
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  private final Console console;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Queries the servers of this file.")
  private @Nullable Path config;

  @Option(
      names = "--pool",
      paramLabel = "NAME",
      description = "The pool in that file. Default: ${DEFAULT-VALUE}.")
  private String pool = PoolSettings.DEFAULT;

  @Option(names = "-p", paramLabel = "PORT", description = "Port of the servers.")
  private @Nullable Integer port;

  @Option(names = "-t", paramLabel = "TYPE", description = "Query type. Default: A.")
  private @Nullable String type;

  @Option(names = "-c", paramLabel = "CLASS", description = "Query class. Default: IN.")
  private @Nullable String dnsClass;

  @Option(
      names = "-q",
      paramLabel = "NAME",
      description = "A name, even if it looks like another argument.")
  private List<String> names = new ArrayList<>();

  @Option(names = "-x", paramLabel = "ADDRESS", description = "Reverse look-up of this address.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "-4", description = "Use only servers with an IPv4 address.")
  private boolean onlyIpv4;

  @Option(names = "-6", description = "Use only servers with an IPv6 address.")
  private boolean onlyIpv6;

  @Parameters(paramLabel = "WORD", description = "@server, +flag, name, type or class.")
  private List<String> words = new ArrayList<>();

  ResolveCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    DigWords asked = new DigWords();
    ResolverBuilder builder;
    try {
      read(asked);
      builder = channel(asked);
    } catch (InvalidConfiguration e) {
      return console.complain(e.messages());
    } catch (IllegalArgumentException e) {
      console.complain(String.valueOf(e.getMessage()));
      return WRONG_USE;
    } catch (UnknownHostException e) {
      console.complain("the server has no address: " + asked.server());
      return NO_REPLY;
    }
    try (Resolver resolver = builder.build()) {
      return ask(resolver, asked);
    }
  }

  private void read(DigWords asked) {
    if (onlyIpv4 && onlyIpv6) {
      throw new IllegalArgumentException("-4 and -6 leave no server");
    }
    if (type != null) {
      asked.type(type);
    }
    if (dnsClass != null) {
      asked.dnsClass(dnsClass);
    }
    names.forEach(asked::name);
    words.forEach(asked::take);
    addresses.forEach(address -> asked.address(Addresses.literal(address)));
  }

  private ResolverBuilder channel(DigWords asked)
      throws InvalidConfiguration, UnknownHostException {
    ResolverBuilder builder = Resolver.builder().resolvConf(RESOLV_CONF, System.getenv());
    if (config != null) {
      builder.channel(poolOf(config));
    }
    asked.ndots().ifPresent(builder::ndots);
    if (asked.domain() != null) {
      builder.domains(asked.domain());
    }
    PoolSettings base = builder.channel();
    String server = asked.server();
    List<ServerSettings> servers =
        (server == null ? base.servers() : servers(server))
            .stream()
                .map(one -> asked.tls().apply(one, server))
                .map(this::withPort)
                .filter(this::isOfFamily)
                .toList();
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("there is no server to ask; name one as @ADDRESS");
    }
    return builder.channel(
        base.withServers(servers)
            .withFlags(flags(base, asked))
            .withTries(tries(base.tries(), asked, servers.size())));
  }

  private PoolSettings poolOf(Path file) throws InvalidConfiguration {
    PoolSettings found = NodeConfiguration.load(file).settings().upstreams().get(pool);
    if (found == null) {
      throw new IllegalArgumentException(file + " has no pool \"" + pool + "\"");
    }
    return found;
  }

  /**
   * Parses an address, a host name that the system resolves, or a server in the notation of c-ares.
   */
  private static List<ServerSettings> servers(String server) throws UnknownHostException {
    try {
      return ServerText.parseAll(server, ServerText.Ports.DEFAULT, Path.of("").toAbsolutePath());
    } catch (IllegalArgumentException e) {
      if (server.contains("://") || server.isEmpty()) {
        throw e;
      }
      return Stream.of(InetAddress.getAllByName(server))
          .map(address -> ServerSettings.of(new InetSocketAddress(address, DNS_PORT)))
          .toList();
    }
  }

  private ServerSettings withPort(ServerSettings server) {
    if (port == null) {
      return server;
    }
    if (port < 1 || port > 0xffff) {
      throw new IllegalArgumentException("the port must be 1 to 65535, not " + port);
    }
    InetSocketAddress address = new InetSocketAddress(server.address().getAddress(), port);
    return new ServerSettings(address, port, server.tls(), server.carrier(), server.weight());
  }

  private boolean isOfFamily(ServerSettings server) {
    boolean ipv4 = server.address().getAddress() instanceof Inet4Address;
    return ipv4 ? !onlyIpv6 : !onlyIpv4;
  }

  private static Set<ChannelFlag> flags(PoolSettings base, DigWords asked) {
    Set<ChannelFlag> flags = EnumSet.noneOf(ChannelFlag.class);
    flags.addAll(base.flags());
    if (asked.tcp()) {
      flags.add(ChannelFlag.USE_VC);
    }
    if (asked.ignoreTruncation()) {
      flags.add(ChannelFlag.IGNORE_TC);
    }
    if (!asked.edns()) {
      flags.remove(ChannelFlag.EDNS);
    }
    if (!asked.authenticData()) {
      flags.add(ChannelFlag.NO_AD);
    }
    return flags;
  }

  /** The settings of the file, or a deadline that is long enough for all tries at all servers. */
  private TrySettings tries(TrySettings base, DigWords asked, int servers) {
    if (config != null && asked.seconds().isEmpty() && asked.tries().isEmpty()) {
      return base;
    }
    Duration timeout =
        asked.seconds().isEmpty() ? base.timeout() : Duration.ofSeconds(asked.seconds().getAsInt());
    int tries = asked.tries().orElse(base.tries());
    Duration all = timeout.multipliedBy((long) tries * servers);
    Duration deadline = all.compareTo(MAX_DEADLINE) < 0 ? all : MAX_DEADLINE;
    return new TrySettings(timeout, timeout, tries, deadline, base.failoverOn());
  }

  private int ask(Resolver resolver, DigWords asked) throws InterruptedException {
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (DigWords.Asked name : asked.names()) {
      Message query = query(name, asked);
      replies.add(
          asked.search() && !name.isReverse()
              ? resolver.search(query, name.name())
              : resolver.send(query));
    }
    int code = 0;
    for (int i = 0; i < replies.size(); i++) {
      code = Math.max(code, show(replies.get(i), asked.names().get(i), asked));
    }
    return code;
  }

  private static Message query(DigWords.Asked name, DigWords asked) {
    Message query = new Message();
    set(query, Flags.RD, asked.recurse());
    set(query, Flags.AD, asked.authenticData());
    set(query, Flags.CD, asked.checkingDisabled());
    try {
      query.addRecord(
          Record.newRecord(Name.fromString(name.name(), Name.root), name.type(), name.dnsClass()),
          Section.QUESTION);
    } catch (TextParseException e) {
      throw new IllegalStateException("was a name before: " + name, e);
    }
    if (asked.edns() || asked.dnssec()) {
      int flags = asked.dnssec() ? ExtendedFlags.DO : 0;
      query.addRecord(new OPTRecord(EDNS_SIZE, 0, 0, flags), Section.ADDITIONAL);
    }
    return query;
  }

  private static void set(Message query, int flag, boolean on) {
    if (on) {
      query.getHeader().setFlag(flag);
    }
  }

  private int show(CompletableFuture<Reply> asked, DigWords.Asked name, DigWords words)
      throws InterruptedException {
    try {
      Reply reply = asked.get();
      if (words.isShort()) {
        console.print(DigText.shortly(reply.message()));
        return 0;
      }
      if (words.parts().contains(DigText.Part.CMD)) {
        console.print("; <<>> " + Console.NAME + " resolve <<>> " + name);
      }
      console.print(DigText.of(reply, words.parts(), ZonedDateTime.now(ZoneId.systemDefault())));
      if (words.tls().isUnverified() && words.parts().contains(DigText.Part.STATS)) {
        console.print(
            ";; the certificate was not verified: give +tls-hostname, +tls-ca or +tls-pin");
      }
      return 0;
    } catch (ExecutionException e) {
      String why =
          e.getCause() instanceof ResolverException failure
              ? failure.status().text()
              : String.valueOf(e.getCause());
      console.complain("no reply for " + name + ": " + why);
      return NO_REPLY;
    }
  }
}
