// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the names of an address and a port. */
final class NameInfoLookup {
  private final PointerLookup pointers;
  private final List<String> domains;

  /**
   * Creates a lookup with these settings.
   *
   * @param domains the domains that {@link NameInfoFlag#NO_FQDN} removes
   */
  NameInfoLookup(PointerLookup pointers, List<String> domains) {
    this.pointers = pointers;
    this.domains = domains;
  }

  /** Address and port as text for exceptions. */
  static String text(@Nullable InetSocketAddress address) {
    return address == null || address.isUnresolved()
        ? String.valueOf(address)
        : PointerLookup.text(address.getAddress()) + " port " + address.getPort();
  }

  /**
   * Looks up both names.
   *
   * @param ask queries the DNS for the PTR records of a name
   * @return fails with a {@link ResolverException}
   * @throws ResolverException if there is no address, or the flags contradict each other
   */
  CompletableFuture<NameInfo> find(
      @Nullable InetSocketAddress address,
      @Nullable Set<NameInfoFlag> flags,
      Hosts hosts,
      Services services,
      Function<String, CompletableFuture<Outcome>> ask)
      throws ResolverException {
    if (address == null || address.isUnresolved()) {
      throw new ResolverException(Status.EBADNAME, text(address));
    }
    boolean numeric = flags != null && flags.contains(NameInfoFlag.NUMERIC_HOST);
    boolean required = flags != null && flags.contains(NameInfoFlag.NAME_REQUIRED);
    if (flags == null || (numeric && required)) {
      throw new ResolverException(Status.EBADFLAGS, text(address));
    }
    String service = service(address.getPort(), flags, services);
    InetAddress host = address.getAddress();
    if (numeric) {
      return CompletableFuture.completedFuture(new NameInfo(PointerLookup.text(host), service));
    }
    return pointers
        .find(host, hosts, ask)
        .thenApply(found -> shown(found.name(), flags))
        .exceptionallyCompose(failure -> inDigits(host, required, failure))
        .thenApply(name -> new NameInfo(name, service));
  }

  private static String service(int port, Set<NameInfoFlag> flags, Services services) {
    String name =
        flags.contains(NameInfoFlag.NUMERIC_SERVICE)
            ? null
            : services.name(port, flags.contains(NameInfoFlag.DATAGRAM));
    return name == null ? Integer.toString(port) : name;
  }

  private String shown(String name, Set<NameInfoFlag> flags) {
    if (flags.contains(NameInfoFlag.NO_FQDN)) {
      String lower = name.toLowerCase(Locale.ROOT);
      for (String domain : domains) {
        if (lower.endsWith("." + domain.toLowerCase(Locale.ROOT))) {
          return name.substring(0, name.length() - domain.length() - 1);
        }
      }
    }
    return name;
  }

  /**
   * Returns the numeric form only if the address is known to have no name; a missing answer is an
   * error.
   */
  private static CompletableFuture<String> inDigits(
      InetAddress host, boolean required, Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable why = failure instanceof CompletionException && cause != null ? cause : failure;
    boolean nameless =
        why instanceof ResolverException known
            && (known.status() == Status.ENOTFOUND || known.status() == Status.ENODATA);
    return nameless && !required
        ? CompletableFuture.completedFuture(PointerLookup.text(host))
        : CompletableFuture.failedFuture(why);
  }
}
