// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.NameMap;
import io.anteroom.node.wire.WireName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Converts the records of zone files to nodes with records in wire format. */
final class ZoneLoader {
  /** The maximum size of an RRset, which leaves room for the rest of a message. */
  private static final int MAX_RRSET = 65_000;

  private final NameMap<WireName> apexes = new NameMap<>();
  private final NameMap<ZoneNode> nodes = new NameMap<>();

  private ZoneLoader() {}

  /** Reads zones; if any is invalid, throws an exception with the errors of all. */
  static NameMap<ZoneNode> load(List<ZoneSettings> settings, Consumer<Path> included)
      throws IOException {
    List<ZoneFile> files = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (ZoneSettings zone : settings) {
      try {
        files.add(ZoneFile.read(zone, included));
      } catch (IOException e) {
        wrong.addAll(WrongFiles.linesOf(e));
      }
    }
    if (!wrong.isEmpty()) {
      throw new WrongFiles(wrong);
    }
    return merge(files);
  }

  /** Creates the nodes of all these zones. */
  static NameMap<ZoneNode> merge(List<ZoneFile> files) throws IOException {
    ZoneLoader loader = new ZoneLoader();
    for (ZoneFile file : files) {
      if (loader.apexes.put(file.apex(), file.apex()) != null) {
        throw new IOException(file.source() + ": zone " + file.apex() + " is there already");
      }
    }
    for (ZoneFile file : files) {
      loader.add(file);
    }
    return loader.nodes;
  }

  /** Groups the zone's records by name, and creates a node for each name. */
  private void add(ZoneFile file) throws IOException {
    Map<WireName, List<Record>> names = new LinkedHashMap<>();
    for (Record record : file.records()) {
      WireName name = ZoneFile.nameOf(record.getName());
      if (belongsTo(file, name)) {
        names.computeIfAbsent(name, n -> new ArrayList<>()).add(record);
        addEmptyNonTerminals(file, name, names);
      }
    }
    for (Map.Entry<WireName, List<Record>> entry : names.entrySet()) {
      ZoneNode node = node(file, entry.getKey(), entry.getValue());
      nodes.put(node.name, node);
    }
    for (WireName name : names.keySet()) {
      attachWildcard(name);
    }
  }

  /**
   * Whether the name belongs to the zone: it is not below a delegation or in another local zone.
   */
  private boolean belongsTo(ZoneFile file, WireName name) {
    if (!file.apex().equals(apexes.closest(name))) {
      return false;
    }
    for (WireName above = name; !above.equals(file.apex()); ) {
      above = above.parent();
      if (file.delegations().contains(above)) {
        return false;
      }
    }
    return true;
  }

  private static void addEmptyNonTerminals(
      ZoneFile file, WireName name, Map<WireName, List<Record>> names) {
    for (WireName above = name; !above.equals(file.apex()); ) {
      above = above.parent();
      names.computeIfAbsent(above, n -> new ArrayList<>());
    }
  }

  private void attachWildcard(WireName name) {
    ZoneNode node = nodes.get(name);
    ZoneNode parent = nodes.get(name.parent());
    if (name.isWildcard() && node != null && parent != null) {
      parent.wildcard = node;
    }
  }

  private static ZoneNode node(ZoneFile file, WireName name, List<Record> records)
      throws IOException {
    Map<Integer, List<Record>> byType = new LinkedHashMap<>();
    for (Record record : records) {
      List<Record> same = byType.computeIfAbsent(record.getType(), t -> new ArrayList<>());
      if (!same.contains(record)) {
        same.add(record);
      }
    }
    List<Rrset> rrsets = new ArrayList<>();
    ZoneNode.Alias alias = null;
    for (List<Record> same : byType.values()) {
      Rrset rrset = rrset(file, same);
      rrsets.add(rrset);
      if (same.get(0) instanceof CNAMERecord cname) {
        checkAlias(file, cname, records.size());
        alias = new ZoneNode.Alias(rrset, ZoneFile.nameOf(cname.getTarget()));
      }
    }
    return new ZoneNode(name, file.negative(), file.delegations().contains(name), alias, rrsets);
  }

  private static void checkAlias(ZoneFile file, CNAMERecord cname, int records) throws IOException {
    if (records > 1) {
      String what = " has a CNAME record and others, or two (RFC 1034 section 3.6.2)";
      throw new IOException(file.source() + ": " + cname.getName() + what);
    }
  }

  /** All records of an RRset have one TTL (RFC 2181 section 5.2); the smallest wins. */
  private static Rrset rrset(ZoneFile file, List<Record> records) throws IOException {
    long ttl = records.stream().mapToLong(Record::getTTL).min().orElse(0);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Record record : records) {
      out.write(Rrset.OWNER >>> 8);
      out.write(Rrset.OWNER);
      out.writeBytes(ZoneFile.behindOwner(record, ttl));
    }
    Record first = records.get(0);
    if (out.size() > MAX_RRSET) {
      String what = " " + Type.string(first.getType()) + " records are too large for a message";
      throw new IOException(file.source() + ": " + first.getName() + what);
    }
    return new Rrset(first.getType(), out.toByteArray(), records.size());
  }
}
