// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.rule.NameList.Word;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.MadeAnswers.Data;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.BadLines;
import io.anteroom.node.zone.ZoneText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * Reads a response policy zone (draft-vixie-dnsop-dns-rpz): its QNAME triggers, which are names and
 * wildcards. Triggers by address or name server are counted and skipped. For one file; not
 * thread-safe.
 */
final class RpzReader {
  /** The origin of a zone that does not set one. */
  private static final String ORIGIN = "rpz.";

  /** The TTL of records without one, in seconds. */
  private static final long DEFAULT_TTL = 60;

  private static final Set<String> OTHER_TRIGGERS =
      Set.of("rpz-client-ip", "rpz-ip", "rpz-nsdname", "rpz-nsip");
  private static final Map<String, Word> WORDS =
      Map.of(
          ".", Word.NXDOMAIN,
          "*.", Word.NODATA,
          "rpz-passthru.", Word.PASSTHRU,
          "rpz-drop.", Word.DROP,
          "rpz-tcp-only.", Word.TCP_ONLY);

  /** Types of records about the zone itself, which are not triggers. */
  private static final Set<Integer> OWN_TYPES =
      Set.of(Type.SOA, Type.NS, Type.DNSKEY, Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM);

  private final ListSettings settings;
  private final NameList.Builder names;
  private @Nullable Name apex;
  private int records;
  private int otherTriggers;

  RpzReader(ListSettings settings, NameList.Builder names) {
    this.settings = settings;
    this.names = names;
  }

  /** Reads the file and its includes; each include is reported before it is read. */
  void read(BadLines bad, Consumer<Path> included) throws IOException {
    Path file = settings.file();
    Path root = ZoneText.rootOf(file, settings.directory());
    new ZoneText(root, settings.maxBytes(), this::take, bad, included)
        .read(file, Name.fromConstantString(ORIGIN), DEFAULT_TTL);
  }

  /** The number of records. */
  int records() {
    return records;
  }

  /** The number of records with triggers by address or name server. */
  int otherTriggers() {
    return otherTriggers;
  }

  private void take(Record record, Name origin) throws IOException {
    Name zone = apex(record, origin);
    if (!record.getName().subdomain(zone)) {
      throw new IllegalArgumentException(record.getName() + " is not in the zone " + zone);
    }
    if (!OWN_TYPES.contains(record.getType()) && !record.getName().equals(zone)) {
      takeTrigger(record, record.getName().relativize(zone));
      ListReader.refuseIfTooMany(names, settings.file());
    }
    records++;
  }

  /**
   * The apex of the zone: the owner of its SOA record, or otherwise the origin of the first record.
   */
  private Name apex(Record record, Name origin) {
    Name known = apex;
    if (known != null) {
      return known;
    }
    Name found = record instanceof SOARecord ? record.getName() : origin;
    if (record instanceof SOARecord soa) {
      int ttl = (int) Math.min(soa.getTTL(), soa.getMinimum());
      WireName owner = WireName.ofWire(found.toWireCanonical());
      names.soa(new MadeAnswers.Soa(owner, ttl, soa.rdataToWireCanonical()));
    }
    apex = found;
    return found;
  }

  private void takeTrigger(Record record, Name trigger) throws NameTooLongException {
    String last = trigger.getLabelString(trigger.labels() - 1).toLowerCase(Locale.ROOT);
    if (OTHER_TRIGGERS.contains(last)) {
      otherTriggers++;
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
    String text = target.toString().toLowerCase(Locale.ROOT);
    Word word = WORDS.get(text);
    if (word != null) {
      names.add(name, below, word);
    } else if (target.equals(Name.concatenate(trigger, Name.root))) {
      // The old notation of PASSTHRU.
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
