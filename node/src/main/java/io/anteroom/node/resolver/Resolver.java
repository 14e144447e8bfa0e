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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
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
 * the hosts file and HOSTALIASES are read on the caller's thread. Futures complete on the event
 * loop, so what depends on them must not block; {@code thenApplyAsync} and its like go elsewhere.
 *
 * <h2>Bounds</h2>
 *
 * There are at most {@link ResolverBuilder#maxLookups} lookups at once; each has as many questions
 * in flight as its family of addresses has types, and each of these ends at the channel's deadline.
 */
public final class Resolver implements AutoCloseable {
  private static final Path SYSTEM = Path.of("/etc/resolv.conf");

  private final Settings settings;
  private final SearchRules rules;
  private final WatchedFile<Hosts> hosts;
  private final @Nullable WatchedFile<HostAliases> aliases;
  private final AddressLookup addresses;
  private final EventLoops loops = new EventLoops(1);
  private final EventLoop loop = loops.get(0);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Asker asker;

  /** Confined to the event loop. */
  private final Set<Call> calls = new HashSet<>();

  Resolver(Settings settings) {
    this.settings = settings;
    this.rules = settings.searchRules();
    this.hosts = new WatchedFile<>(settings.hosts(), Hosts::parse);
    Path file = settings.channel().has(ChannelFlag.NO_ALIASES) ? null : settings.hostAliases();
    this.aliases = file == null ? null : new WatchedFile<>(file, HostAliases::parse);
    this.addresses = new AddressLookup(settings, new DestinationOrder(SourceAddresses::of));
    this.asker = new Asker(settings, loop, counters);
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
    return start(
        call -> ask(call, name, type).thenCompose(Resolver::found).thenApply(Reply::message));
  }

  /** Asks for records of a name, with search domains (ares_search), of class IN. */
  public CompletableFuture<Message> search(String name, int type) {
    List<String> names = candidates(name);
    return start(
        call ->
            Searching.through(names, candidate -> ask(call, candidate, type))
                .thenCompose(Resolver::found)
                .thenApply(Reply::message));
  }

  /**
   * Sends a query of the caller's making (ares_send); any answer is a success. Of its header RD, AD
   * and CD go out, of its OPT record DO.
   */
  public CompletableFuture<Reply> send(Message query) {
    Message own = query.clone();
    return start(call -> asker.ask(call, own).thenCompose(Resolver::answered));
  }

  /** The same with search domains, for the name in the query's question. */
  public CompletableFuture<Reply> search(Message query, String name) {
    Message own = query.clone();
    List<String> names = candidates(name);
    return start(
        call ->
            Searching.through(names, candidate -> ask(call, own, candidate))
                .thenCompose(Resolver::answered));
  }

  /**
   * The addresses of a name, in the order of the sortlist, else as the servers sent them
   * (ares_gethostbyname). That the name has none is {@link Status#ENODATA}; that there is no such
   * name, {@link Status#ENOTFOUND}.
   */
  public CompletableFuture<HostEntry> getHostByName(String name, AddressFamily family) {
    AddressHints hints = new AddressHints(family, false, false);
    return startAddresses(
        name, hints, found -> new HostEntry(found.name(), found.aliases(), found.addresses()));
  }

  /**
   * The addresses of a name in the order in which they should be tried (ares_getaddrinfo): that of
   * RFC 6724, and before it that of the sortlist. Errors are those of {@link #getHostByName}.
   */
  public CompletableFuture<AddressInfo> getAddrInfo(String name, AddressHints hints) {
    return startAddresses(name, hints, found -> found);
  }

  private <T> CompletableFuture<T> startAddresses(
      String name, AddressHints hints, Function<AddressInfo, T> as) {
    List<String> names = candidates(name);
    Hosts now = hosts.content();
    return start(
        call ->
            addresses
                .find(name, names, hints, now, (candidate, type) -> ask(call, candidate, type))
                .thenApply(as));
  }

  /** The names of an address (ares_gethostbyaddr). */
  public CompletableFuture<HostEntry> getHostByAddr(InetAddress address) {
    HostEntry inFile =
        settings.lookups().contains(NameSource.HOSTS_FILE) ? hosts.content().find(address) : null;
    boolean dns = settings.lookups().contains(NameSource.DNS);
    if (inFile != null && (!dns || settings.lookups().get(0) == NameSource.HOSTS_FILE)) {
      return start(call -> CompletableFuture.completedFuture(inFile));
    }
    if (!dns) {
      return start(
          call ->
              CompletableFuture.failedFuture(
                  new ResolverException(Status.ENOTFOUND, address.getHostAddress())));
    }
    return start(
        call ->
            ask(call, ReverseMap.fromAddress(address).toString(), Type.PTR)
                .thenCompose(outcome -> names(address, outcome, inFile)));
  }

  private static CompletableFuture<HostEntry> names(
      InetAddress address, Outcome outcome, @Nullable HostEntry inFile) {
    List<String> names = new ArrayList<>();
    for (Reply reply : outcome.replies()) {
      for (Record record : reply.message().getSection(Section.ANSWER)) {
        if (record instanceof PTRRecord pointer) {
          names.add(pointer.getTarget().toString(true));
        }
      }
    }
    if (names.isEmpty() && inFile != null) {
      return CompletableFuture.completedFuture(inFile);
    }
    if (names.isEmpty()) {
      boolean empty = outcome.status() == Status.SUCCESS;
      return CompletableFuture.failedFuture(
          (empty ? outcome.as(Status.ENODATA) : outcome).exception());
    }
    return CompletableFuture.completedFuture(
        new HostEntry(names.get(0), names.subList(1, names.size()), List.of(address)));
  }

  /** Has lookups from now on ask these servers; forgets all answers of the others. */
  public void setServers(List<ServerSettings> servers) {
    List<ServerSettings> own = List.copyOf(servers);
    run(() -> asker.setServers(own));
  }

  /**
   * The same with c-ares' way to write them, see {@link ServerText}.
   *
   * @throws IllegalArgumentException says what is wrong; then nothing has changed
   */
  public void setServers(String csv) {
    setServers(csv.isBlank() ? List.of() : ServerText.parseAll(csv));
  }

  /**
   * Opens new sockets and closes the old ones. Questions in flight are asked again on the new ones,
   * once; if those are replaced too, their lookups end with {@link Status#EDESTRUCTION}.
   */
  public void replaceChannel() {
    run(asker::replaceChannel);
  }

  /** Ends all lookups with {@link Status#ECANCELLED} (ares_cancel); the resolver goes on. */
  public void cancelAll() {
    run(() -> failAll(Status.ECANCELLED));
  }

  /** Lookups that have not ended yet. */
  public int activeQueries() {
    return active.get();
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
    if (closed.compareAndSet(false, true)) {
      loop.execute(
          () -> {
            failAll(Status.EDESTRUCTION);
            asker.close().whenComplete((none, failure) -> loops.shutdown());
          });
    }
  }

  private void failAll(Status status) {
    List.copyOf(calls).forEach(call -> call.fail(status));
  }

  /** The names to ask for when a user gives this one. */
  private List<String> candidates(String name) {
    String alias =
        aliases == null || !HostAliases.mayBe(name) ? null : aliases.content().find(name);
    return alias == null ? rules.candidates(name) : List.of(alias);
  }

  private void run(Runnable task) {
    try {
      loop.execute(
          () -> {
            if (!closed.get()) {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) {
      // It has been closed, and then nothing is left to do.
    }
  }

  private <T> CompletableFuture<T> start(Function<Call, CompletableFuture<T>> steps) {
    CompletableFuture<T> result = new CompletableFuture<>();
    if (active.incrementAndGet() > settings.maxLookups()) {
      active.decrementAndGet();
      counters.increment(Counter.UPSTREAM_OVERLOAD);
      result.completeExceptionally(new ResolverException(Status.ESERVICE, "lookup"));
      return result;
    }
    result.whenComplete((value, failure) -> active.decrementAndGet());
    Call call = new Call(result);
    try {
      loop.execute(() -> begin(call, result, steps));
    } catch (RejectedExecutionException e) {
      call.fail(Status.EDESTRUCTION);
    }
    return result;
  }

  private <T> void begin(
      Call call, CompletableFuture<T> result, Function<Call, CompletableFuture<T>> steps) {
    if (closed.get()) {
      call.fail(Status.EDESTRUCTION);
    }
    if (call.isOver()) {
      return;
    }
    calls.add(call);
    result.whenComplete((value, failure) -> end(call));
    steps.apply(call).whenComplete((value, failure) -> settle(result, value, failure));
  }

  /** However it ended, and on whatever thread. */
  private void end(Call call) {
    if (loop.inEventLoop()) {
      calls.remove(call);
      call.abandon();
    } else {
      run(
          () -> {
            calls.remove(call);
            call.abandon();
          });
    }
  }

  private static <T> void settle(
      CompletableFuture<T> result, @Nullable T value, @Nullable Throwable failure) {
    if (failure == null) {
      result.complete(value);
    } else {
      Throwable cause = failure.getCause();
      boolean wrapped = failure instanceof CompletionException && cause != null;
      result.completeExceptionally(wrapped ? cause : failure);
    }
  }

  private CompletableFuture<Outcome> ask(Call call, String name, int type) {
    Message query = new Message();
    if (!settings.channel().has(ChannelFlag.NO_RECURSE)) {
      query.getHeader().setFlag(Flags.RD);
    }
    if (settings.authenticData()) {
      query.getHeader().setFlag(Flags.AD);
    }
    return ask(call, query, name, type, DClass.IN);
  }

  private CompletableFuture<Outcome> ask(Call call, Message query, String name) {
    Record question = query.getQuestion();
    return ask(call, query.clone(), name, question.getType(), question.getDClass());
  }

  private CompletableFuture<Outcome> ask(
      Call call, Message query, String text, int type, int dnsClass) {
    if (call.isOver()) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.ECANCELLED, text, 0));
    }
    try {
      Name name = Name.fromString(text, Name.root);
      query.removeAllRecords(Section.QUESTION);
      query.addRecord(Record.newRecord(name, type, dnsClass), Section.QUESTION);
    } catch (TextParseException e) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.EBADNAME, text, 0));
    } catch (IllegalArgumentException e) {
      // Of a type or class that no record can have.
      return CompletableFuture.completedFuture(Outcome.failed(Status.EBADQUERY, text, 0));
    }
    return asker.ask(call, query);
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
