// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.config.Addresses;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the addresses of a name in the hosts file and the DNS, in the order of the settings.
 * Numeric addresses, localhost and onion names are handled without either.
 */
final class AddressLookup {
  private static final List<InetAddress> LOOPBACK =
      List.of(Addresses.literal("::1"), Addresses.literal("127.0.0.1"));

  private final Settings settings;
  private final DestinationOrder order;

  AddressLookup(Settings settings, DestinationOrder order) {
    this.settings = settings;
    this.order = order;
  }

  /**
   * Looks a name up.
   *
   * @param names the names to query in the DNS, one after the other
   * @param ask queries the DNS for a name and a type
   * @return fails with a {@link ResolverException}
   * @throws ResolverException if the name has the form of an address but is not valid
   */
  CompletableFuture<AddressInfo> find(
      String name,
      List<String> names,
      AddressHints hints,
      Hosts hosts,
      BiFunction<String, Integer, CompletableFuture<Outcome>> ask)
      throws ResolverException {
    AddressInfo literal = literal(name);
    if (literal != null || hints.numericHost()) {
      return orFail(literal, literal == null ? Status.ENONAME : Status.ENODATA, name, hints);
    }
    if (SearchRules.isOnion(name)) {
      return orFail(null, Status.ENOTFOUND, name, hints);
    }
    boolean localhost = SearchRules.isLocalhost(name);
    boolean dns = settings.lookups().contains(NameSource.DNS) && !localhost;
    AddressInfo inFile = inFile(name, hints.family(), hosts);
    boolean fileFirst = settings.lookups().get(0) == NameSource.HOSTS_FILE;
    if (!dns || (inFile != null && fileFirst)) {
      AddressInfo here = inFile == null && localhost ? local(name, LOOPBACK) : inFile;
      return orFail(here, here == null ? Status.ENOTFOUND : Status.ENODATA, name, hints);
    }
    return Searching.through(names, candidate -> inDns(candidate, hints.family(), ask))
        .thenCompose(
            outcome ->
                outcome.status() == Status.SUCCESS || inFile == null
                    ? orFail(outcome, hints)
                    : orFail(inFile, outcome.status(), name, hints));
  }

  private @Nullable AddressInfo inFile(String name, AddressFamily family, Hosts hosts) {
    HostEntry found =
        settings.lookups().contains(NameSource.HOSTS_FILE) ? hosts.find(name, family) : null;
    return found == null
        ? null
        : new AddressInfo(found.name(), found.aliases(), entries(found.addresses()), 0);
  }

  /**
   * A numeric address, also in brackets, as {@link java.net.URI#getHost} returns it. A host name
   * has neither colons nor brackets, so text with one of these that is not an address is an error.
   */
  private static @Nullable AddressInfo literal(String name) throws ResolverException {
    boolean bracketed = name.startsWith("[");
    boolean ipv6 = bracketed || name.indexOf(':') >= 0;
    if (!ipv6 && !NetUtil.isValidIpV4Address(name)) {
      return null;
    }
    try {
      String text = bracketed ? inBrackets(name) : name;
      return local(text, List.of(Addresses.literal(text)));
    } catch (IllegalArgumentException e) {
      throw new ResolverException(Status.EBADNAME, name);
    }
  }

  /** In a URI, the percent sign before a zone id is escaped (RFC 6874). */
  private static String inBrackets(String name) {
    if (!name.endsWith("]") || name.indexOf(':') < 0) {
      throw new IllegalArgumentException("no IPv6 address: \"" + name + "\"");
    }
    return name.substring(1, name.length() - 1).replaceFirst("%25(?=.)", "%");
  }

  private static AddressInfo local(String name, List<InetAddress> addresses) {
    return new AddressInfo(name, List.of(), entries(addresses), 0);
  }

  private static List<AddressInfo.Entry> entries(List<InetAddress> addresses) {
    return addresses.stream().map(address -> new AddressInfo.Entry(address, 0)).toList();
  }

  /** Queries both types at once. A name with only an alias has no addresses (ENODATA). */
  private CompletableFuture<Outcome> inDns(
      String name,
      AddressFamily family,
      BiFunction<String, Integer, CompletableFuture<Outcome>> ask) {
    AddressFamily wanted =
        family == AddressFamily.ANY && !settings.ipv6() ? AddressFamily.IPV4 : family;
    List<CompletableFuture<Outcome>> asked =
        wanted.types().stream()
            .map(type -> ask.apply(name, type).thenApply(AddressLookup::onlyAddresses))
            .toList();
    return asked.size() == 1 ? asked.get(0) : asked.get(0).thenCombine(asked.get(1), Outcome::both);
  }

  private static Outcome onlyAddresses(Outcome outcome) {
    Reply reply = outcome.reply();
    boolean empty =
        outcome.status() == Status.SUCCESS
            && reply != null
            && AddressRecords.of(reply.message()).entries().isEmpty();
    return empty ? outcome.as(Status.ENODATA) : outcome;
  }

  private CompletableFuture<AddressInfo> orFail(Outcome outcome, AddressHints hints) {
    if (outcome.status() != Status.SUCCESS) {
      return CompletableFuture.failedFuture(outcome.exception());
    }
    String official = outcome.name();
    Set<String> aliases = new LinkedHashSet<>();
    List<AddressInfo.Entry> entries = new ArrayList<>();
    for (Reply reply : outcome.replies()) {
      AddressRecords found = AddressRecords.of(reply.message());
      if (!found.entries().isEmpty()) {
        official = found.name().toString(true);
        found.aliases().forEach(alias -> aliases.add(alias.toString(true)));
        entries.addAll(found.entries());
      }
    }
    AddressInfo all = new AddressInfo(official, List.copyOf(aliases), entries, 0);
    return orFail(all, Status.ENODATA, official, hints);
  }

  /** The addresses of the requested family, in order; fails if there are none. */
  private CompletableFuture<AddressInfo> orFail(
      @Nullable AddressInfo found, Status otherwise, String name, AddressHints hints) {
    Stream<AddressInfo.Entry> all = found == null ? Stream.empty() : found.entries().stream();
    List<AddressInfo.Entry> entries =
        all.filter(entry -> hints.family().has(entry.address())).toList();
    if (found == null || entries.isEmpty()) {
      return CompletableFuture.failedFuture(new ResolverException(otherwise, name));
    }
    List<AddressInfo.Entry> inOrder = hints.sorted() ? order.sort(entries) : entries;
    return CompletableFuture.completedFuture(
        new AddressInfo(found.name(), found.aliases(), bySortlist(inOrder), 0));
  }

  private List<AddressInfo.Entry> bySortlist(List<AddressInfo.Entry> entries) {
    return settings.sortlist().isEmpty()
        ? entries
        : entries.stream()
            .sorted(Comparator.comparingInt(entry -> place(entry.address())))
            .toList();
  }

  private int place(InetAddress address) {
    int place = 0;
    while (place < settings.sortlist().size()
        && !settings.sortlist().get(place).contains(address)) {
      place++;
    }
    return place;
  }
}
