// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.rule.NameList.Word;
import io.anteroom.node.wire.MadeAnswers.Data;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.TextLines;
import io.anteroom.node.zone.ZoneText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * Reads a response policy zone (draft-vixie-dnsop-dns-rpz): its QNAME triggers, which are names and
 * wildcards. Triggers by address or name server are counted and left out. For one file and one
 * thread.
 */
final class RpzReader {
  /** What a zone is called that does not say it itself. */
  private static final String ORIGIN = "rpz.";

  private static final Set<String> OTHER_TRIGGERS =
      Set.of("rpz-client-ip", "rpz-ip", "rpz-nsdname", "rpz-nsip");
  private static final Map<String, Word> WORDS =
      Map.of(
          ".", Word.NXDOMAIN,
          "*.", Word.NODATA,
          "rpz-passthru.", Word.PASSTHRU,
          "rpz-drop.", Word.DROP,
          "rpz-tcp-only.", Word.TCP_ONLY);

  /** Of the zone itself; they say nothing about names. */
  private static final Set<Integer> OWN_TYPES =
      Set.of(Type.SOA, Type.NS, Type.DNSKEY, Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM);

  private final Path path;
  private final NameList.Builder names;
  private @Nullable Name apex;
  private int ignored;

  RpzReader(Path path, NameList.Builder names) {
    this.path = path;
    this.names = names;
  }

  void read() throws IOException {
    ZoneText.check(path);
    try (Master master = new Master(path.toString(), Name.fromString(ORIGIN), 60)) {
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        take(next);
        if (names.size() > ListReader.MAX_NAMES) {
          throw new IOException("has more than " + ListReader.MAX_NAMES + " names");
        }
      }
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      throw new IOException(path + ": " + TextLines.shown(String.valueOf(e.getMessage())), e);
    }
    if (apex == null) {
      throw new IOException(path + ": has no SOA record, so it is no zone, or not a whole one");
    }
  }

  /** What has been left out; null if nothing was. */
  @Nullable String remark() {
    return ignored == 0
        ? null
        : "%s: left out %d records with triggers other than QNAME".formatted(path, ignored);
  }

  private void take(Record record) throws NameTooLongException {
    if (record instanceof SOARecord && apex == null) {
      apex = record.getName();
    }
    Name zone = apex;
    if (zone == null || !record.getName().subdomain(zone)) {
      throw new IllegalArgumentException(
          record.getName() + " is not in the zone, which starts with its SOA record");
    }
    if (OWN_TYPES.contains(record.getType()) || record.getName().equals(zone)) {
      return;
    }
    Name trigger = record.getName().relativize(zone);
    if (OTHER_TRIGGERS.contains(trigger.getLabelString(trigger.labels() - 1))) {
      ignored++;
      return;
    }
    boolean below = trigger.isWild();
    Name name = below ? new Name(trigger, 1) : trigger;
    WireName key = WireName.ofWire(Name.concatenate(name, Name.root).toWireCanonical());
    if (record instanceof CNAMERecord cname) {
      takeCname(key, below, trigger, cname);
    } else {
      names
          .local(key, below)
          .add(new Data(record.getType(), ttl(record), record.rdataToWireCanonical()));
    }
  }

  private void takeCname(WireName name, boolean below, Name trigger, CNAMERecord cname)
      throws NameTooLongException {
    Name target = cname.getTarget();
    String text = target.toString();
    Word word = WORDS.get(text);
    if (word != null) {
      names.add(name, below, word);
    } else if (target.equals(Name.concatenate(trigger, Name.root))) {
      // How PASSTHRU was written before it had a word.
      names.add(name, below, Word.PASSTHRU);
    } else if (text.startsWith("rpz-")) {
      throw new IllegalArgumentException(cname.getName() + ": unknown policy " + text);
    } else if (target.isWild()) {
      WireName garden = WireName.ofWire(new Name(target, 1).toWireCanonical());
      names.local(name, below).addWildcardCname(garden, ttl(cname));
    } else {
      names.local(name, below).add(new Data(Types.CNAME, ttl(cname), cname.rdataToWireCanonical()));
    }
  }

  private static int ttl(Record record) {
    return (int) Math.min(record.getTTL(), Integer.MAX_VALUE);
  }
}
