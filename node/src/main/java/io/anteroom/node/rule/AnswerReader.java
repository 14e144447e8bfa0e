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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Reads the actions that answer with records. */
final class AnswerReader {
  static final Duration DEFAULT_TTL = Duration.ofSeconds(60);

  private static final Duration LONGEST_TTL = Duration.ofDays(7);
  private static final int MAX_RECORDS = 100;

  private AnswerReader() {}

  static Action nxdomain() {
    return new AnswerActions.Negative(Rcodes.NXDOMAIN, MadeAnswers.DEFAULT_SOA);
  }

  static Action nodata() {
    return new AnswerActions.Negative(Rcodes.NOERROR, MadeAnswers.DEFAULT_SOA);
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
    return MadeAnswers.soa(
        block.has("zone") ? zone : null,
        block.parsed("mname", WireName.parse("localhost"), WireName::parse),
        block.parsed("rname", WireName.parse("nobody.invalid"), WireName::parse),
        (int) ttl(block).toSeconds());
  }

  private static Duration ttl(SettingsReader block) {
    return block.duration("ttl", DEFAULT_TTL, Duration.ZERO, LONGEST_TTL);
  }

  /** Reads one address, a list of addresses, or a block with records of one kind. */
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
