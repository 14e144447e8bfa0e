// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.MadeAnswers.Data;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Reads the actions that answer with records. */
final class AnswerReader {
  static final Duration DEFAULT_TTL = Duration.ofSeconds(60);

  private static final Duration LONGEST_TTL = Duration.ofDays(7);
  private static final int MAX_RECORDS = 100;

  /** The counts of seconds in an SOA record before the last one, which is the negative TTL. */
  private static final int REFRESH = 3600;

  private static final int RETRY = 1200;
  private static final int EXPIRE = 604_800;

  static final MadeAnswers.Soa DEFAULT_SOA =
      soa(null, WireName.parse("localhost"), WireName.parse("nobody.invalid"), DEFAULT_TTL);

  private AnswerReader() {}

  static Action nxdomain() {
    return new AnswerActions.Negative(Rcodes.NXDOMAIN, DEFAULT_SOA);
  }

  static Action nodata() {
    return new AnswerActions.Negative(Rcodes.NOERROR, DEFAULT_SOA);
  }

  static Action nxdomain(SettingsReader action, String key) {
    return new AnswerActions.Negative(Rcodes.NXDOMAIN, soa(action.block(key)));
  }

  static Action nodata(SettingsReader action, String key) {
    return new AnswerActions.Negative(Rcodes.NOERROR, soa(action.block(key)));
  }

  private static MadeAnswers.Soa soa(SettingsReader block) {
    WireName root = WireName.parse(".");
    WireName zone = block.parsed("zone", root, WireName::parse);
    return soa(
        block.has("zone") ? zone : null,
        block.parsed("mname", WireName.parse("localhost"), WireName::parse),
        block.parsed("rname", WireName.parse("nobody.invalid"), WireName::parse),
        ttl(block));
  }

  private static MadeAnswers.Soa soa(
      @Nullable WireName zone, WireName mname, WireName rname, Duration ttl) {
    ByteBuffer data = ByteBuffer.allocate(mname.length() + rname.length() + 20);
    data.put(mname.toWire()).put(rname.toWire());
    int seconds = (int) ttl.toSeconds();
    data.putInt(1).putInt(REFRESH).putInt(RETRY).putInt(EXPIRE).putInt(seconds);
    return new MadeAnswers.Soa(zone, seconds, data.array());
  }

  private static Duration ttl(SettingsReader block) {
    return block.duration("ttl", DEFAULT_TTL, Duration.ZERO, LONGEST_TTL);
  }

  /** One address, a list of them, or a block with records of one kind. */
  static Action spoof(SettingsReader action, String key) {
    List<Data> records = new ArrayList<>();
    if (!action.isBlock(key)) {
      addresses(action, key, (int) DEFAULT_TTL.toSeconds(), records);
    } else {
      SettingsReader block = action.block(key);
      int ttl = (int) ttl(block).toSeconds();
      int kinds = 0;
      if (block.has("addresses")) {
        kinds++;
        addresses(block, "addresses", ttl, records);
      }
      if (block.has("cname")) {
        kinds++;
        WireName to = block.parsed("cname", WireName.parse("."), WireName::parse);
        records.add(new Data(Types.CNAME, ttl, to.toWire()));
      }
      if (block.has("raw")) {
        kinds++;
        records.addAll(block.list("raw", List::of, text -> raw(text, ttl)));
      }
      if (kinds != 1) {
        action.error(key, "must have one of addresses, cname, raw, not " + kinds);
      }
    }
    if (records.size() > MAX_RECORDS) {
      action.error(key, "has more than " + MAX_RECORDS + " records");
    }
    return new AnswerActions.Spoof(records);
  }

  private static void addresses(SettingsReader block, String key, int ttl, List<Data> to) {
    for (InetAddress address : block.list(key, List::of, Addresses::literal)) {
      byte[] bytes = address.getAddress();
      to.add(new Data(bytes.length == 4 ? Types.A : Types.AAAA, ttl, bytes));
    }
  }

  /** {@code TYPE DATA} as in a zone file; also {@code TYPE \# LENGTH HEX} (RFC 3597 section 5). */
  private static Data raw(String text, int ttl) {
    String[] words = text.strip().split("\\s+", 2);
    int type = RuleWords.type(words[0]);
    if (words.length < 2 || type == Types.OPT || (type >= Types.TKEY && type <= Types.ANY)) {
      throw new IllegalArgumentException("must be TYPE DATA, not \"" + text + "\"");
    }
    try {
      Record record = Record.fromString(Name.root, type, DClass.IN, ttl, words[1], Name.root);
      return new Data(type, ttl, record.rdataToWireCanonical());
    } catch (IOException e) {
      throw new IllegalArgumentException("is no data of a " + words[0] + " record: " + text, e);
    }
  }
}
