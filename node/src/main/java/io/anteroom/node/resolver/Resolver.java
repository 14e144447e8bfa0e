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
 * Looks names up, any number at once, on one event loop with shared sockets: what c-ares is for C.
 * One for a whole program is enough.
 *
 * <pre>{@code
 * try (Resolver resolver = Resolver.system()) {
 *   resolver.getHostByName("www.example.com", AddressFamily.IPV4).thenAccept(System.out::println);
 * }
 * }</pre>
 *
 * <p>Every lookup ends exactly once: with what was looked for, with a {@link ResolverException}, or
 * because its future was cancelled or completed by somebody else, which lets go of what was in
 * flight for it.
 *
 * <h2>Threads</h2>
 *
 * All methods may be called from any thread, also from within a callback, and return at once; only
 * the hosts file, HOSTALIASES, the services file and resolv.conf are read on the caller's thread.
 * Futures complete on the event loop, so what depends on them must not block; {@code
 * thenApplyAsync} and its like go elsewhere.
 *
 * <h2>Bounds</h2>
 *
 * There are at most {@link ResolverBuilder#maxLookups} lookups at once; each has as many questions
 * in flight as its family of addresses has types, and each of these ends at the channel's deadline.
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
   * A resolver that is ready to be asked.
   *
   * @param systemFile to be followed; null if the settings come from no file
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

  /** Options with c-ares' defaults, and no servers yet. */
  public static ResolverBuilder builder() {
    return new ResolverBuilder();
  }

  /** A resolver that does what the system's resolv.conf says. */
  public static Resolver system() {
    return builder().resolvConf(SYSTEM, System.getenv()).build();
  }

  /** Asks for records of this very name (ares_query), of class IN. */
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

  /** Asks for records of a name, with search domains (ares_search), of class IN. */
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
   * Sends a query of the caller's making (ares_send); any answer is a success. Of its header RD, AD
   * and CD go out, of its OPT record DO. A query without a question is {@link Status#EBADQUERY}.
   */
  public CompletableFuture<Reply> send(Message query) {
    Message own = copy(query);
    current.follow();
    return calls.start(
        own == null ? "null" : own.getQuestion().getName().toString(),
        call -> asker.ask(call, question(own)).thenCompose(Resolver::answered));
  }

  /** The same with search domains, for the name in the query's question. */
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

  /** The caller may change his own; null if there is no question in it. */
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
   * The addresses of a name, in the order of the sortlist, else as the servers sent them
   * (ares_gethostbyname). That the name has none is {@link Status#ENODATA}; that there is no such
   * name, {@link Status#ENOTFOUND}.
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
   * The addresses of a name in the order in which they should be tried (ares_getaddrinfo): that of
   * RFC 6724, and before it that of the sortlist. Errors are those of {@link #getHostByName}. An
   * address in digits stands for itself, an IPv6 address in brackets too; what has a colon or a
   * bracket and is no address is {@link Status#EBADNAME}.
   */
  public CompletableFuture<AddressInfo> getAddrInfo(String name, AddressHints hints) {
    return startAddresses(name, null, hints, found -> found);
  }

  /**
   * The same for a service at that name: a port in digits, or its name in the services file. What
   * is neither is {@link Status#ESERVICE}, and nobody is asked.
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

  /** The names of an address (ares_gethostbyaddr). */
  public CompletableFuture<HostEntry> getHostByAddr(InetAddress address) {
    Setup now = current.get();
    Hosts lines = hosts.content();
    return calls.start(
        PointerLookup.text(address),
        call -> now.pointers().find(address, lines, name -> asker.ask(call, name, Type.PTR)));
  }

  /**
   * What an address and its port are called (ares_getnameinfo). An address that has no name is
   * given in digits, as is a port that is no service.
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
   * Has lookups from now on ask these servers; forgets all answers of the others.
   *
   * @throws IllegalArgumentException if they are more than 64, or one has no address or port
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

  /** The servers that lookups from now on ask, in their order (ares_get_servers). */
  public List<ServerSettings> getServers() {
    return current.get().settings().channel().servers();
  }

  /**
   * Reads resolv.conf again and does what it says from now on (ares_reinit), as happens by itself
   * at the first lookup after the file has changed. What was set after it stands, as do servers
   * that were set since; if the file names no server, those before it stand too. Lookups in flight
   * end as they began. Without such a file nothing happens.
   *
   * @throws IllegalStateException if the resolver is closed
   */
  public void reinit() {
    checkOpen();
    current.reread();
  }

  /**
   * The same with c-ares' way to write them, see {@link ServerText}.
   *
   * @throws IllegalArgumentException says what is wrong; then nothing has changed
   * @throws IllegalStateException if the resolver is closed
   */
  public void setServers(String csv) {
    setServers(
        csv.isBlank() ? List.of() : ResolverBuilder.parse(csv, current.last().settings().ports()));
  }

  /**
   * Opens new sockets and closes the old ones. Questions in flight are asked again on the new ones,
   * once; if those are replaced too, their lookups end with {@link Status#EDESTRUCTION}.
   */
  public void replaceChannel() {
    calls.run(asker::replaceChannel);
  }

  /** Ends all lookups with {@link Status#ECANCELLED} (ares_cancel); the resolver goes on. */
  public void cancelAll() {
    calls.run(() -> calls.failAll(Status.ECANCELLED));
  }

  /** Lookups that have not ended yet. */
  public int activeQueries() {
    return calls.active();
  }

  /** How often something has happened, as a node counts it. */
  public long count(Counter counter) {
    return counters.get(counter);
  }

  /**
   * Ends all lookups with {@link Status#EDESTRUCTION}, and closes everything soon after; does not
   * wait for it.
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

  /** What the file of HOSTALIASES says, if the name may be in there; null otherwise. */
  private @Nullable HostAliases aliases(@Nullable String name) {
    return aliases == null || name == null || !HostAliases.mayBe(name) ? null : aliases.content();
  }

  /** The names to ask for when a user gives this one. */
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
