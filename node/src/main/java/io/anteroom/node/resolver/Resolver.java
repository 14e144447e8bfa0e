// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * A stub resolver that performs any number of concurrent lookups on one event loop with shared
 * sockets, like c-ares for C. One is enough for a whole program.
 *
 * <pre>{@code
 * try (Resolver resolver = Resolver.system()) {
 *   resolver.getHostByName("www.example.com", AddressFamily.IPV4).thenAccept(System.out::println);
 * }
 * }</pre>
 *
 * <p>Every lookup ends exactly once: with its result, with a {@link ResolverException}, or because
 * the caller cancelled or completed its future, which also cancels its queries in flight.
 *
 * <h2>Threads</h2>
 *
 * All methods may be called on any thread, also in a callback, and return immediately, except that
 * the hosts file, HOSTALIASES, the services file and resolv.conf are read on the caller's thread.
 * Futures complete on the event loop, so dependent functions must not block; {@code thenApplyAsync}
 * and similar methods use another thread.
 *
 * <h2>Bounds</h2>
 *
 * There are at most {@link ResolverBuilder#maxLookups} concurrent lookups. Each has at most one
 * query in flight for each type of its address family, and each query ends at the channel's
 * deadline.
 */
public final class Resolver implements AutoCloseable {
  private static final Path SYSTEM = Path.of("/etc/resolv.conf");

  private final WatchedFile<Hosts> hosts;
  private final @Nullable WatchedFile<HostAliases> aliases;
  private final WatchedFile<Services> services;
  private final EventLoops loops = new EventLoops(1);
  private final EventLoop loop = loops.get(0);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final Calls calls;
  private final Asker asker;
  private final CurrentSetup current;

  /**
   * Creates a resolver.
   *
   * @param systemFile the file to follow; null if the settings don't come from a file
   */
  Resolver(Settings settings, @Nullable SystemFile systemFile) {
    this.hosts = new WatchedFile<>(settings.hosts(), Hosts::parse);
    Path file = settings.channel().has(ChannelFlag.NO_ALIASES) ? null : settings.hostAliases();
    this.aliases = file == null ? null : new WatchedFile<>(file, HostAliases::parse);
    this.services = new WatchedFile<>(settings.services(), Services::parse);
    this.calls = new Calls(loop, counters, settings.maxLookups());
    this.asker = new Asker(settings, loop, counters);
    this.current = new CurrentSetup(settings, systemFile, calls, asker);
  }

  /** Returns a builder with c-ares' defaults and without servers. */
  public static ResolverBuilder builder() {
    return new ResolverBuilder();
  }

  /** Creates a resolver with the settings of the system's resolv.conf. */
  public static Resolver system() {
    return builder().resolvConf(SYSTEM, System.getenv()).build();
  }

  /** Queries records of exactly this name (ares_query), of class IN. */
  public CompletableFuture<Message> resolve(String name, int type) {
    current.follow();
    return calls.start(
        Names.absolute(name),
        call ->
            asker
                .ask(call, Names.ascii(name), type)
                .thenCompose(Resolver::found)
                .thenApply(Reply::message));
  }

  /** Queries records of a name with search domains (ares_search), of class IN. */
  public CompletableFuture<Message> search(String name, int type) {
    Setup now = current.get();
    HostAliases known = aliases(name);
    return calls.start(
        String.valueOf(name),
        call ->
            Searching.through(
                    candidates(name, now, known), candidate -> asker.ask(call, candidate, type))
                .thenCompose(Resolver::found)
                .thenApply(Reply::message));
  }

  /**
   * Sends the caller's query (ares_send); any answer counts as success. RD, AD and CD of its header
   * and DO of its OPT record are used. A query without a question fails with {@link
   * Status#EBADQUERY}.
   */
  public CompletableFuture<Reply> send(Message query) {
    Message own = copy(query);
    current.follow();
    return calls.start(
        own == null ? "null" : own.getQuestion().getName().toString(),
        call -> asker.ask(call, question(own)).thenCompose(Resolver::answered));
  }

  /** Sends the caller's query with search domains for this name. */
  public CompletableFuture<Reply> search(Message query, String name) {
    Message own = copy(query);
    Setup now = current.get();
    HostAliases known = aliases(name);
    return calls.start(
        String.valueOf(name),
        call -> {
          Message asked = question(own);
          return Searching.through(
                  candidates(name, now, known), candidate -> asker.ask(call, asked, candidate))
              .thenCompose(Resolver::answered);
        });
  }

  /** Copies the query, which the caller may modify; null if it has no question. */
  private static @Nullable Message copy(@Nullable Message query) {
    return query == null || query.getQuestion() == null ? null : query.clone();
  }

  private static Message question(@Nullable Message query) throws ResolverException {
    if (query == null) {
      throw new ResolverException(Status.EBADQUERY, "query");
    }
    return query;
  }

  /**
   * Looks up the addresses of a name (ares_gethostbyname), in the order of the sortlist, otherwise
   * in the order of the servers. Fails with {@link Status#ENODATA} if the name has no addresses,
   * and with {@link Status#ENOTFOUND} if it does not exist.
   */
  public CompletableFuture<HostEntry> getHostByName(String name, AddressFamily family) {
    AddressHints hints = new AddressHints(family, false, false);
    return startAddresses(
        name,
        null,
        hints,
        found -> new HostEntry(found.name(), found.aliases(), found.addresses()));
  }

  /**
   * Looks up the addresses of a name in the order in which they should be tried (ares_getaddrinfo):
   * first by the sortlist, then by RFC 6724. The errors are those of {@link #getHostByName}. A
   * numeric address, also an IPv6 address in brackets, is returned as it is. Other text with a
   * colon or a bracket fails with {@link Status#EBADNAME}.
   */
  public CompletableFuture<AddressInfo> getAddrInfo(String name, AddressHints hints) {
    return startAddresses(name, null, hints, found -> found);
  }

  /**
   * Like {@link #getAddrInfo(String, AddressHints)}, with a service: a numeric port or a name in
   * the services file. Anything else fails with {@link Status#ESERVICE} without a query.
   */
  public CompletableFuture<AddressInfo> getAddrInfo(
      String name, @Nullable String service, AddressHints hints) {
    return startAddresses(name, service, hints, found -> found);
  }

  private <T> CompletableFuture<T> startAddresses(
      String name, @Nullable String service, AddressHints hints, Function<AddressInfo, T> as) {
    Setup now = current.get();
    HostAliases known = aliases(name);
    Hosts lines = hosts.content();
    Services ports = service == null ? Services.NONE : services.content();
    return calls.start(
        service == null ? String.valueOf(name) : name + " service " + service,
        call -> {
          AddressHints.check(hints);
          int port = service == null ? 0 : ports.find(service, hints);
          return now.addresses()
              .find(
                  Names.ascii(name),
                  candidates(name, now, known),
                  hints,
                  lines,
                  (candidate, type) -> asker.ask(call, candidate, type))
              .thenApply(found -> as.apply(found.withPort(port)));
        });
  }

  /** Looks up the names of an address (ares_gethostbyaddr). */
  public CompletableFuture<HostEntry> getHostByAddr(InetAddress address) {
    Setup now = current.get();
    Hosts lines = hosts.content();
    return calls.start(
        PointerLookup.text(address),
        call -> now.pointers().find(address, lines, name -> asker.ask(call, name, Type.PTR)));
  }

  /**
   * Looks up the names of an address and its port (ares_getnameinfo). An address without a name is
   * returned in numeric form, and so is a port without a service.
   */
  public CompletableFuture<NameInfo> getNameInfo(
      InetSocketAddress address, Set<NameInfoFlag> flags) {
    Setup now = current.get();
    Hosts lines = hosts.content();
    Services ports = services.content();
    Set<NameInfoFlag> own = flags == null ? null : Set.copyOf(flags);
    return calls.start(
        NameInfoLookup.text(address),
        call ->
            now.names().find(address, own, lines, ports, name -> asker.ask(call, name, Type.PTR)));
  }

  /**
   * Replaces the servers for later lookups, and clears the query cache.
   *
   * @throws IllegalArgumentException if there are more than 64, or one has no address or port
   * @throws IllegalStateException if the resolver is closed
   */
  public void setServers(List<ServerSettings> servers) {
    List<ServerSettings> own = List.copyOf(servers);
    OptionLimits.checkServers(own);
    checkOpen();
    current.setServers(own);
  }

  private void checkOpen() {
    if (calls.isClosed()) {
      throw new IllegalStateException("the resolver is closed");
    }
  }

  /** The servers for later lookups, in order (ares_get_servers). */
  public List<ServerSettings> getServers() {
    return current.get().settings().channel().servers();
  }

  /**
   * Reads resolv.conf again and applies it to later lookups (ares_reinit). This also happens at the
   * first lookup after the file has changed. Options that were set after the file stay, and so do
   * servers that were set since. If the file has no servers, the previous ones stay. Lookups in
   * progress keep their settings. Without such a file nothing happens.
   *
   * @throws IllegalStateException if the resolver is closed
   */
  public void reinit() {
    checkOpen();
    current.reread();
  }

  /**
   * Replaces the servers, in the notation of c-ares; see {@link ServerText}.
   *
   * @throws IllegalArgumentException if the text is invalid; then nothing has changed
   * @throws IllegalStateException if the resolver is closed
   */
  public void setServers(String csv) {
    setServers(
        csv.isBlank() ? List.of() : ResolverBuilder.parse(csv, current.last().settings().ports()));
  }

  /**
   * Opens new sockets and closes the old ones. Queries in flight are sent again on the new sockets,
   * once; if these are replaced too, their lookups fail with {@link Status#EDESTRUCTION}.
   */
  public void replaceChannel() {
    calls.run(asker::replaceChannel);
  }

  /** Fails all lookups with {@link Status#ECANCELLED} (ares_cancel); the resolver stays usable. */
  public void cancelAll() {
    calls.run(() -> calls.failAll(Status.ECANCELLED));
  }

  /** The number of lookups in progress. */
  public int activeQueries() {
    return calls.active();
  }

  /** The value of a counter, as in a node. */
  public long count(Counter counter) {
    return counters.get(counter);
  }

  /**
   * Fails all lookups with {@link Status#EDESTRUCTION}, and closes all sockets soon after, without
   * waiting for that.
   */
  @Override
  public void close() {
    if (calls.close()) {
      loop.execute(
          () -> {
            calls.failAll(Status.EDESTRUCTION);
            asker.close().whenComplete((none, failure) -> loops.shutdown());
          });
    }
  }

  /** The aliases of HOSTALIASES, if the name can be one; otherwise null. */
  private @Nullable HostAliases aliases(@Nullable String name) {
    return aliases == null || name == null || !HostAliases.mayBe(name) ? null : aliases.content();
  }

  /** The names to query for this name. */
  private static List<String> candidates(
      @Nullable String name, Setup now, @Nullable HostAliases known) throws ResolverException {
    String ascii = Names.ascii(name);
    String alias = known == null ? null : known.find(ascii);
    return alias == null ? now.rules().candidates(ascii) : List.of(alias);
  }

  private static CompletableFuture<Reply> found(Outcome outcome) {
    return outcome.status() == Status.SUCCESS
        ? answered(outcome)
        : CompletableFuture.failedFuture(outcome.exception());
  }

  private static CompletableFuture<Reply> answered(Outcome outcome) {
    Reply reply = outcome.reply();
    return reply == null
        ? CompletableFuture.failedFuture(outcome.exception())
        : CompletableFuture.completedFuture(reply);
  }
}
