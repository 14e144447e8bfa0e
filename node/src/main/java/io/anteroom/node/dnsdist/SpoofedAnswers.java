// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The answers that scripts have made with {@code spoof} and the like. */
final class SpoofedAnswers {
  /** As in dnsdist. */
  static final int TTL_SECONDS = 60;

  private static final int MAX_RECORDS = 1_000;
  private static final int MAX_DATA = 0xffff;

  private SpoofedAnswers() {}

  /** The address that a text is; null if it is none. Never looks a name up. */
  static @Nullable InetAddress address(String text) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** The addresses that a list of texts has. */
  static List<InetAddress> addresses(List<?> texts) throws LuaFailure {
    checkSize(texts);
    List<InetAddress> addresses = new ArrayList<>();
    for (Object text : texts) {
      InetAddress address = address(ScriptValues.text(text, "an address"));
      if (address == null) {
        throw new LuaFailure("\"" + text + "\" is no address");
      }
      addresses.add(address);
    }
    return addresses;
  }

  /** Whether one of the addresses is of the type of the query. */
  static boolean anyFits(WireQuery query, List<InetAddress> addresses) {
    return addresses.stream()
        .anyMatch(
            address ->
                query.type() == Type.ANY
                    || query.type() == (address.getAddress().length == 4 ? Type.A : Type.AAAA));
  }

  static byte[] of(WireQuery query, List<InetAddress> addresses) {
    return Answers.addresses(query, addresses, TTL_SECONDS, null);
  }

  /** An answer with an alias. */
  static byte[] alias(WireQuery query, String target) throws LuaFailure {
    byte[] data = name(target).toWire();
    return MadeAnswers.data(
        query,
        List.of(new MadeAnswers.Data(Type.CNAME, TTL_SECONDS, data)),
        MadeAnswers.DEFAULT_SOA);
  }

  /**
   * An answer with records of this data.
   *
   * @param typeForAny the type of the records if the query asks for ANY; else that of the query
   */
  static byte[] raw(WireQuery query, List<?> data, @Nullable Object typeForAny) throws LuaFailure {
    checkSize(data);
    int type = query.type();
    if (type == Type.ANY) {
      type = (int) ScriptValues.number(typeForAny, "the type for ANY", ScriptValues.MAX_U16);
    }
    List<MadeAnswers.Data> records = new ArrayList<>();
    int size = 0;
    for (Object each : data) {
      byte[] bytes = ScriptValues.bytes(each, "the data of a record");
      size += bytes.length;
      if (size > MAX_DATA) {
        throw new LuaFailure("the records have more than " + MAX_DATA + " bytes");
      }
      records.add(new MadeAnswers.Data(type, TTL_SECONDS, bytes));
    }
    return MadeAnswers.data(query, records, MadeAnswers.DEFAULT_SOA);
  }

  /** The arguments are those of {@code setNegativeAndAdditionalSOA}. */
  static byte[] negative(WireQuery query, @Nullable Object[] arguments) throws LuaFailure {
    boolean nxdomain = ScriptValues.flag(ScriptValues.at(arguments, 0), "whether it is NXDOMAIN");
    WireName zone = name(ScriptValues.text(ScriptValues.at(arguments, 1), "the zone"));
    long ttl = number(arguments, 2, "the TTL");
    WireName mname = name(ScriptValues.text(ScriptValues.at(arguments, 3), "the mname"));
    WireName rname = name(ScriptValues.text(ScriptValues.at(arguments, 4), "the rname"));
    MadeAnswers.Soa soa =
        MadeAnswers.soa(
            zone,
            (int) Math.min(ttl, Integer.MAX_VALUE),
            mname,
            rname,
            number(arguments, 5, "the serial"),
            number(arguments, 6, "the refresh time"),
            number(arguments, 7, "the retry time"),
            number(arguments, 8, "the expire time"),
            number(arguments, 9, "the minimum"));
    int rcode = nxdomain ? Rcode.NXDOMAIN : Rcode.NOERROR;
    return MadeAnswers.negativeWithAdditional(query, rcode, soa);
  }

  private static long number(@Nullable Object[] arguments, int index, String what)
      throws LuaFailure {
    return ScriptValues.number(ScriptValues.at(arguments, index), what, ScriptValues.MAX_U32);
  }

  /** A name that a script gave. */
  static WireName name(String text) throws LuaFailure {
    try {
      return WireName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new LuaFailure(String.valueOf(e.getMessage()));
    }
  }

  private static void checkSize(List<?> list) throws LuaFailure {
    if (list.isEmpty() || list.size() > MAX_RECORDS) {
      throw new LuaFailure("an answer needs 1 to " + MAX_RECORDS + " records");
    }
  }
}
