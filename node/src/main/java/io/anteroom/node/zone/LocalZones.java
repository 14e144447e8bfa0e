// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.NameMap;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The local zones of a node. Immutable; thread-safe.
 *
 * <p>All names of all zones are in one {@link NameMap}, including empty non-terminals. The longest
 * suffix of a name is the name itself or its closest encloser (RFC 4592 section 3.3.1), so one
 * look-up decides between an answer, a wildcard and NXDOMAIN. Records are stored in wire format; an
 * answer is created by copying them after the question.
 *
 * <p>Answers are authoritative, unsigned, and may be larger than a datagram; {@link Answers#fit}
 * truncates them. Names at and below a delegation are not local.
 */
public final class LocalZones {
  /** The longest chain of aliases that is followed. */
  private static final int MAX_ALIASES = 8;

  private final NameMap<ZoneNode> nodes;

  private LocalZones(NameMap<ZoneNode> nodes) {
    this.nodes = nodes;
  }

  /**
   * Reads the zones.
   *
   * @throws IOException if a file can't be read or is not a valid zone; the message has the file
   *     and the line, or the name whose records conflict
   */
  public static LocalZones load(List<ZoneSettings> zones) throws IOException {
    return load(zones, included -> {});
  }

  /** Reads the zones, and reports the files that they include. */
  static LocalZones load(List<ZoneSettings> zones, Consumer<Path> included) throws IOException {
    return new LocalZones(ZoneLoader.load(zones, included));
  }

  /** Creates built-in zones. */
  static LocalZones of(List<ZoneFile> zones) throws IOException {
    return new LocalZones(ZoneLoader.merge(zones));
  }

  /** The number of names, including empty non-terminals. */
  int size() {
    return nodes.size();
  }

  /** Whether a zone is at or above the name, even if the name is delegated away. */
  boolean isWithin(WireName name) {
    return nodes.closest(name) != null;
  }

  /** NXDOMAIN from the zone of the name; null if it is in no local zone. */
  byte @Nullable [] denial(WireQuery query) {
    ZoneNode closest = nodes.closest(query.name());
    return closest == null
        ? null
        : Answers.records(query, Rcodes.NXDOMAIN, true, closest.negative, 0, 1);
  }

  /**
   * The answer to this query; null if the name is in no local zone.
   *
   * <p>An answer ends with an alias whose target is outside the local zones; the caller must look
   * the target up.
   */
  public byte @Nullable [] answer(WireQuery query) {
    if (query.dnsClass() != Types.CLASS_IN) {
      return null;
    }
    ZoneNode closest = nodes.closest(query.name());
    if (closest == null || (closest.cut && !isOfParent(query, closest))) {
      return null;
    }
    Rrset dname = closest.name.length() == query.name().length() ? null : closest.find(Types.DNAME);
    if (dname != null) {
      return redirect(query, closest.name, dname);
    }
    ZoneNode node = match(closest, query.name());
    if (node == null) {
      return Answers.records(query, Rcodes.NXDOMAIN, true, closest.negative, 0, 1);
    }
    if (node.cut && node != closest) {
      return null;
    }
    Rrset rrset = node.find(query.type());
    if (rrset != null) {
      return Answers.records(query, Rcodes.NOERROR, true, rrset.records(), rrset.count(), 0);
    }
    if (node.alias != null) {
      return follow(query, node.alias);
    }
    return Answers.records(query, Rcodes.NOERROR, true, node.negative, 0, 1);
  }

  /** Whether the parent zone answers this query, although the name is delegated. */
  private static boolean isOfParent(WireQuery query, ZoneNode cut) {
    return query.type() == Types.DS && cut.name.length() == query.name().length();
  }

  /** The node of the name itself or of the matching wildcard; null if there is neither. */
  private static @Nullable ZoneNode match(ZoneNode closest, WireName name) {
    return closest.name.length() == name.length() ? closest : closest.wildcard;
  }

  /** Answers for a name below a DNAME record, which makes it an alias (RFC 6672 section 3). */
  private byte[] redirect(WireQuery query, WireName owner, Rrset dname) {
    ByteArrayOutputStream records = new ByteArrayOutputStream(256);
    dname.writeOwnedBy(owner, records);
    byte[] name = query.name().toWire();
    byte[] target = dname.firstData();
    int prefix = name.length - owner.length();
    if (prefix + target.length > WireName.MAX_LENGTH) {
      return chain(query, Rcodes.YXDOMAIN, records, 1, 0);
    }
    byte[] substituted = Arrays.copyOf(name, prefix + target.length);
    System.arraycopy(target, 0, substituted, prefix, target.length);
    records.writeBytes(dname.withOneRecord(Types.CNAME, substituted));
    if (query.type() == Types.CNAME) {
      return chain(query, Rcodes.NOERROR, records, 2, 0);
    }
    Rrset both = new Rrset(Types.CNAME, records.toByteArray(), 2);
    return follow(query, new ZoneNode.Alias(both, WireName.ofWire(substituted)));
  }

  /**
   * Follows aliases until there are records, or until a name has none or does not exist; the answer
   * then has that name's SOA record and response code (RFC 2308 section 2, RFC 6604 section 3).
   */
  private byte[] follow(WireQuery query, ZoneNode.Alias first) {
    ByteArrayOutputStream records = new ByteArrayOutputStream(256);
    records.writeBytes(first.rrset().records());
    Set<WireName> seen = new HashSet<>(List.of(query.name()));
    WireName owner = first.target();
    int aliases = first.rrset().count();
    while (aliases <= MAX_ALIASES && seen.add(owner)) {
      ZoneNode closest = nodes.closest(owner);
      ZoneNode node = closest == null || closest.cut ? null : match(closest, owner);
      if (closest == null || closest.cut || (node != null && node.cut)) {
        break;
      }
      if (node == null && closest.find(Types.DNAME) != null) {
        break;
      }
      Rrset rrset = node == null ? null : node.find(query.type());
      if (rrset != null) {
        rrset.writeOwnedBy(owner, records);
        return chain(query, Rcodes.NOERROR, records, aliases + rrset.count(), 0);
      }
      if (node == null || node.alias == null) {
        records.writeBytes(closest.negative);
        int rcode = node == null ? Rcodes.NXDOMAIN : Rcodes.NOERROR;
        return chain(query, rcode, records, aliases, 1);
      }
      node.alias.rrset().writeOwnedBy(owner, records);
      owner = node.alias.target();
      aliases++;
    }
    return chain(query, Rcodes.NOERROR, records, aliases, 0);
  }

  private static byte[] chain(
      WireQuery query, int rcode, ByteArrayOutputStream records, int answers, int authorities) {
    return Answers.records(query, rcode, true, records.toByteArray(), answers, authorities);
  }
}
