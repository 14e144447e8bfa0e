// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Special-use names, which have no meaning outside the local network, so queries for them must not
 * be forwarded. Immutable; thread-safe.
 *
 * <ul>
 *   <li>{@code localhost} and all names below have the loopback addresses (RFC 6761 section 6.3).
 *   <li>{@code test}, {@code invalid} (RFC 6761 sections 6.2 and 6.4), {@code onion} (RFC 7686) and
 *       {@code alt} (RFC 9476) do not exist, nor does anything below.
 *   <li>The reverse names of private and special addresses (RFC 6303 section 4, RFC 7793), and
 *       {@code home.arpa} (RFC 8375), are empty zones; the PTR records of loopback addresses are
 *       {@code localhost}. {@code resolver.arpa} (RFC 9462 section 6.4) has no data, so that the
 *       answer of another server can't make a client bypass this node.
 * </ul>
 */
final class SpecialNames {
  private static final List<String> ABSENT = List.of("invalid.", "test.", "onion.", "alt.");

  /** The SOA and NS records of each zone (RFC 6303 section 3). */
  private static final String SOA_NS =
      "$TTL 10800\n@ SOA @ nobody.invalid. 1 3600 1200 604800 10800\n@ NS @\n";

  private static final String LOOPBACK = "A 127.0.0.1\n AAAA ::1\n";
  private static final String TO_LOCALHOST = " PTR localhost.\n";

  /** The reverse names of ::1 and ::, without the first nibble. */
  private static final String IPV6_ZEROS = "0.".repeat(31) + "ip6.arpa.";

  private final LocalZones zones;
  private final NameTable absent = names(ABSENT.stream().map(WireName::parse).toList());

  /** Zones that have insecure delegations in the public DNS. */
  private final NameTable delegated;

  private final NameTable except;

  private SpecialNames(LocalZones zones, NameTable delegated, NameTable except) {
    this.zones = zones;
    this.delegated = delegated;
    this.except = except;
  }

  /** All special-use names, except these and the names below them. */
  static SpecialNames except(List<WireName> exceptions) {
    List<ZoneFile> zones = new ArrayList<>();
    try {
      zones.add(zone("127.in-addr.arpa.", "1.0.0" + TO_LOCALHOST));
      zones.add(zone("1." + IPV6_ZEROS, "@" + TO_LOCALHOST));
      zones.add(zone("resolver.arpa.", "_dns TXT \"\"\n"));
      for (String name : emptyZones().toList()) {
        zones.add(zone(name, ""));
      }
      NameTable delegated = names(zones.stream().map(ZoneFile::apex).toList());
      zones.add(zone("localhost.", "@ " + LOOPBACK + "* " + LOOPBACK));
      for (String name : ABSENT) {
        zones.add(zone(name, ""));
      }
      return new SpecialNames(LocalZones.of(zones), delegated, names(exceptions));
    } catch (IOException e) {
      throw new IllegalStateException("a zone of our own is wrong: " + e.getMessage(), e);
    }
  }

  /** A zone with these records, and the SOA and NS records of a special-use name. */
  static ZoneFile zone(String apex, String records) throws IOException {
    return ZoneFile.parse(WireName.parse(apex), SOA_NS + records);
  }

  private static Stream<String> emptyZones() {
    Stream<String> ipv4 =
        Stream.of(
                Stream.of("0", "10", "168.192", "254.169", "2.0.192", "100.51.198", "113.0.203"),
                Stream.of("255.255.255.255"),
                IntStream.rangeClosed(16, 31).mapToObj(i -> i + ".172"),
                IntStream.rangeClosed(64, 127).mapToObj(i -> i + ".100"))
            .flatMap(names -> names)
            .map(name -> name + ".in-addr.arpa.");
    Stream<String> ipv6 =
        Stream.of("d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f", "8.b.d.0.1.0.0.2")
            .map(name -> name + ".ip6.arpa.");
    Stream<String> rest = Stream.of("0." + IPV6_ZEROS, "home.arpa.");
    return Stream.of(ipv4, ipv6, rest).flatMap(names -> names);
  }

  private static NameTable names(List<WireName> names) {
    NameTable table = new NameTable();
    names.forEach(table::add);
    return table;
  }

  /** The answer to a query of class IN; null if its name is not a special-use name. */
  byte @Nullable [] answer(WireQuery query) {
    WireName name = query.name();
    if (!zones.isWithin(name) || except.closest(name) != NameTable.NONE) {
      return null;
    }
    if (absent.closest(name) != NameTable.NONE) {
      return zones.denial(query);
    }
    // DS queries must reach the parent zone; without its answer, validation fails.
    boolean ofParent = query.type() == Types.DS && delegated.find(name) != NameTable.NONE;
    return ofParent ? null : zones.answer(query);
  }
}
