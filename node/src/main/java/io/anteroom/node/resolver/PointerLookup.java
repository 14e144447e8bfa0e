// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;

/** Finds the names of an address in the hosts file and the DNS, in the order of the settings. */
final class PointerLookup {
  private final List<NameSource> sources;

  PointerLookup(List<NameSource> sources) {
    this.sources = sources;
  }

  /** The numeric form of an address, with its zone if it has one. */
  static String text(@Nullable InetAddress address) {
    if (address == null) {
      return "null";
    }
    String digits = NetUtil.toAddressString(address);
    if (address instanceof Inet6Address ipv6 && ipv6.getScopeId() != 0) {
      NetworkInterface named = ipv6.getScopedInterface();
      return digits + "%" + (named == null ? ipv6.getScopeId() : named.getName());
    }
    return digits;
  }

  /**
   * Looks an address up.
   *
   * @param ask queries the DNS for the PTR records of a name
   * @return fails with a {@link ResolverException}
   * @throws ResolverException if there is no address
   */
  CompletableFuture<HostEntry> find(
      @Nullable InetAddress address, Hosts hosts, Function<String, CompletableFuture<Outcome>> ask)
      throws ResolverException {
    if (address == null) {
      throw new ResolverException(Status.EBADNAME, "null");
    }
    HostEntry inFile = sources.contains(NameSource.HOSTS_FILE) ? hosts.find(address) : null;
    boolean dns = sources.contains(NameSource.DNS);
    if (inFile != null && (!dns || sources.get(0) == NameSource.HOSTS_FILE)) {
      return CompletableFuture.completedFuture(inFile);
    }
    if (!dns) {
      return CompletableFuture.failedFuture(new ResolverException(Status.ENOTFOUND, text(address)));
    }
    return ask.apply(ReverseMap.fromAddress(address).toString())
        .thenCompose(outcome -> names(address, outcome, inFile));
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
}
