// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The content of a zone file, checked as far as possible without other zones.
 *
 * @param source the file, for errors
 * @param delegations the names below the apex with NS records
 * @param negative the SOA record for negative answers
 */
record ZoneFile(
    String source,
    WireName apex,
    List<Record> records,
    Set<WireName> delegations,
    byte[] negative) {

  private static final String BUILT_IN = "anteroom.test.zone";

  /** The maximum size of a zone's files together. */
  private static final long MAX_BYTES = 1L << 30;

  /** The maximum number of messages for invalid lines. */
  private static final int MAX_TOLD = 1_000;

  /**
   * Reads a zone.
   *
   * @param included receives the files that the zone's file includes
   * @throws IOException if lines are invalid; the message has all of them, each with its file
   */
  static ZoneFile read(ZoneSettings settings, Consumer<Path> included) throws IOException {
    Path file = settings.file();
    String source = file == null ? BUILT_IN : file.toString();
    WireName apex;
    try {
      apex = WireName.parse(settings.origin());
    } catch (IllegalArgumentException e) {
      throw new IOException(source + ": origin: " + e.getMessage(), e);
    }
    if (file != null) {
      return read(file, settings.directory(), apex, included);
    }
    try (Master master = builtIn(new Name(apex.toWire()))) {
      return of(source, apex, recordsOf(master));
    }
  }

  private static ZoneFile read(Path file, Path directory, WireName apex, Consumer<Path> included)
      throws IOException {
    List<Record> records = new ArrayList<>();
    BadLines bad = new BadLines(MAX_TOLD);
    ZoneText.Taker taker =
        (record, origin) -> {
          check(apex, record);
          records.add(record);
        };
    new ZoneText(ZoneText.rootOf(file, directory), MAX_BYTES, taker, bad, included)
        .read(file, new Name(apex.toWire()), -1);
    bad.throwIfAny();
    return of(file.toString(), apex, records);
  }

  /** Parses a built-in zone. */
  static ZoneFile parse(WireName apex, String text) throws IOException {
    InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    try (Master master = new Master(in, new Name(apex.toWire()))) {
      return of(apex.toString(), apex, recordsOf(master));
    }
  }

  private static List<Record> recordsOf(Master master) throws IOException {
    List<Record> records = new ArrayList<>();
    for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
      records.add(next);
    }
    return records;
  }

  private static ZoneFile of(String source, WireName apex, List<Record> records)
      throws IOException {
    byte[] negative = negative(source, apex, records);
    return new ZoneFile(source, apex, records, delegations(apex, records), negative);
  }

  private static Master builtIn(Name origin) throws IOException {
    InputStream in = ZoneFile.class.getResourceAsStream("/" + BUILT_IN);
    if (in == null) {
      throw new IOException(BUILT_IN + ": is not in this build");
    }
    return new Master(in, origin);
  }

  private static void check(WireName apex, Record record) {
    int type = record.getType();
    if (record.getDClass() != Types.CLASS_IN) {
      throw new IllegalArgumentException(record.getName() + " is not of class IN");
    }
    if (!nameOf(record.getName()).isAtOrBelow(apex)) {
      throw new IllegalArgumentException(record.getName() + " is not in zone " + apex);
    }
    if (type == Types.OPT || (type >= 128 && type <= 255)) {
      throw new IllegalArgumentException(Type.string(type) + " is no type for a zone");
    }
  }

  private static Set<WireName> delegations(WireName apex, List<Record> records) {
    Set<WireName> names = new HashSet<>();
    for (Record record : records) {
      WireName name = nameOf(record.getName());
      if (record.getType() == Types.NS && !name.equals(apex)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The zone's SOA record with the TTL that a negative answer has (RFC 2308 sections 3 and 5). */
  private static byte[] negative(String source, WireName apex, List<Record> records)
      throws IOException {
    SOARecord soa = null;
    for (Record record : records) {
      if (record instanceof SOARecord found) {
        if (soa != null || !nameOf(found.getName()).equals(apex)) {
          throw new IOException(source + ": a zone has one SOA record, at " + apex);
        }
        soa = found;
      }
    }
    if (soa == null) {
      throw new IOException(source + ": there is no SOA record for zone " + apex);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(apex.toWire());
    out.writeBytes(behindOwner(soa, Math.min(soa.getTTL(), soa.getMinimum())));
    return out.toByteArray();
  }

  /** A record in wire format, uncompressed, without its owner, and with this TTL. */
  static byte[] behindOwner(Record record, long ttl) {
    byte[] whole = record.toWire(Section.ANSWER);
    byte[] out = Arrays.copyOfRange(whole, record.getName().length(), whole.length);
    ByteBuffer.wrap(out).putInt(4, (int) ttl);
    return out;
  }

  static WireName nameOf(Name name) {
    return WireName.ofWire(name.toWire());
  }
}
