// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.dnsdist.ScriptValues.MAX_U16;
import static io.anteroom.node.dnsdist.ScriptValues.MAX_U32;
import static io.anteroom.node.dnsdist.ScriptValues.at;
import static io.anteroom.node.dnsdist.ScriptValues.number;
import static io.anteroom.node.dnsdist.ScriptValues.text;

import io.anteroom.node.flow.Query;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.wire.AnswerEdits;
import io.anteroom.node.wire.ClientSubnet;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of a {@link Question}. */
final class QuestionMethods {
  static final Set<String> NAMES =
      Set.of(
          "suspend",
          "restart",
          "getTag",
          "setTag",
          "unsetTag",
          "setTags",
          "spoofAddresses",
          "spoofData",
          "setExtendedDNSError",
          "changeName",
          "setNegativeAndAdditionalSOA",
          "records",
          "setTtls",
          "options");

  /** As in dnsdist. */
  private static final int IPV4_PREFIX = 32;

  private static final int IPV6_PREFIX = 128;

  private QuestionMethods() {}

  static @Nullable Object invoke(Question question, String method, @Nullable Object[] arguments)
      throws LuaFailure {
    return switch (method) {
      case "suspend" -> suspend(question, arguments);
      case "restart" -> question.restart();
      case "getTag" -> question.query().tags().getOrDefault(text(at(arguments, 0), "the tag"), "");
      case "setTag" -> setTag(question, at(arguments, 0), at(arguments, 1));
      case "unsetTag" -> unsetTag(question, arguments);
      case "setTags" -> setTags(question, arguments);
      case "spoofAddresses" -> spoofAddresses(question, arguments);
      case "spoofData" -> spoofData(question, arguments);
      case "setExtendedDNSError" -> setError(question, arguments);
      case "changeName" -> changeName(question, arguments);
      case "setNegativeAndAdditionalSOA" -> {
        question.answer(SpoofedAnswers.negative(question.query().wire(), arguments));
        yield true;
      }
      case "records" -> records(question);
      case "setTtls" -> setTtls(question, arguments);
      case "options" -> options(question.query().wire());
      default -> throw new LuaFailure("a question has no method \"" + method + "\"");
    };
  }

  private static Object suspend(Question question, @Nullable Object[] arguments) throws LuaFailure {
    return question.suspend(
        (int) number(at(arguments, 0), "the asyncID", MAX_U16),
        (int) number(at(arguments, 1), "the queryID", MAX_U16),
        number(at(arguments, 2), "the timeout", MAX_U32));
  }

  private static @Nullable Object setTag(
      Question question, @Nullable Object name, @Nullable Object value) throws LuaFailure {
    String key = text(name, "the tag");
    String text = text(value, "the value of the tag \"" + key + "\"");
    Query query = question.query();
    if (key.isEmpty()
        || key.length() > Verdict.MAX_TAG_LENGTH
        || text.length() > Verdict.MAX_TAG_LENGTH) {
      throw new LuaFailure("a tag has 1 to 255 characters, and its value at most as many");
    } else if (query.tags().size() >= RuleContext.MAX_TAG_NAMES && !query.tags().containsKey(key)) {
      throw new LuaFailure("the query has " + query.tags().size() + " tags already");
    }
    question.mark(query.withTags(Map.of(key, text)));
    return null;
  }

  private static @Nullable Object setTags(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    for (Map.Entry<?, ?> tag : ScriptValues.map(at(arguments, 0), "the tags").entrySet()) {
      setTag(question, tag.getKey(), tag.getValue());
    }
    return null;
  }

  private static @Nullable Object unsetTag(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    question.mark(question.query().withoutTags(Set.of(text(at(arguments, 0), "the tag"))));
    return null;
  }

  private static @Nullable Object spoofAddresses(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    List<?> texts = ScriptValues.list(at(arguments, 0), "the addresses");
    WireQuery query = question.query().wire();
    question.answer(SpoofedAnswers.of(query, SpoofedAnswers.addresses(texts)));
    return null;
  }

  private static @Nullable Object spoofData(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    List<?> data = ScriptValues.list(at(arguments, 0), "the records");
    question.answer(SpoofedAnswers.raw(question.query().wire(), data, at(arguments, 1)));
    return null;
  }

  private static @Nullable Object setError(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    int code = (int) number(at(arguments, 0), "the INFO-CODE", MAX_U16);
    Object extra = at(arguments, 1);
    String text = extra == null ? "" : text(extra, "the EXTRA-TEXT");
    if (text.length() > ExtendedError.MAX_TEXT) {
      throw new LuaFailure("EXTRA-TEXT is longer than " + ExtendedError.MAX_TEXT + " characters");
    }
    question.mark(question.query().withError(new ExtendedError(code, text)));
    return null;
  }

  private static Object changeName(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    WireName name = SpoofedAnswers.name(text(at(arguments, 0), "the name"));
    Query query = question.query();
    if (question.isResponse()) {
      return restoreName(query, name);
    } else if (question.message().isAnswer()) {
      throw new LuaFailure("the name can't be changed, as the query has been answered");
    }
    Query settled = question.message().settled(query);
    question.begin(settled.renamed(settled.wire().renamed(name)));
    return true;
  }

  /**
   * The node restores the client's name at the end, after the cache has stored the answer to the
   * other name, so there is nothing to do.
   */
  private static Object restoreName(Query query, WireName name) throws LuaFailure {
    if (!name.equals(query.asked().name())) {
      throw new LuaFailure("the name of an answer can be changed to the client's only");
    }
    return true;
  }

  /** Section, class, type and TTL of each record, one after the other. */
  private static Object records(Question question) {
    List<Long> heads = new ArrayList<>();
    for (AnswerEdits.Head head : AnswerEdits.records(question.message().bytes())) {
      heads.add((long) head.section());
      heads.add((long) head.dnsClass());
      heads.add((long) head.type());
      heads.add((long) head.ttlSeconds());
    }
    return heads;
  }

  private static @Nullable Object setTtls(Question question, @Nullable Object[] arguments)
      throws LuaFailure {
    List<?> ttls = ScriptValues.list(at(arguments, 0), "the TTLs");
    int[] seconds = new int[ttls.size()];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = (int) Math.min(number(ttls.get(i), "a TTL", MAX_U32), Integer.MAX_VALUE);
    }
    question.changeTtls(seconds);
    return null;
  }

  /** The values of each EDNS option, by its code. */
  private static Object options(WireQuery query) {
    Map<String, Object> options = new LinkedHashMap<>();
    query.options().forEach((code, values) -> options.put(code.toString(), values));
    return options;
  }

  /** An address without and with its port, and the port. */
  static List<Object> address(InetSocketAddress address) {
    return List.of(NetUtil.toAddressString(address.getAddress()), (long) address.getPort());
  }

  /** The length of the prefix of the client's address that servers are told, or would be. */
  static int prefix(Query query) {
    ClientSubnet told = query.wire().subnet();
    return told != null ? told.prefix() : longest(query.client().address().getAddress());
  }

  private static int longest(InetAddress client) {
    return client.getAddress().length == 4 ? IPV4_PREFIX : IPV6_PREFIX;
  }

  /** The query, which tells servers the client's address, or does not. */
  static Query withSubnet(Query query, boolean tell) {
    if (!tell || query.wire().subnet() != null) {
      return tell ? query : query.withSubnet(null);
    }
    InetAddress client = query.client().address().getAddress();
    return query.withSubnet(ClientSubnet.of(client, longest(client)));
  }

  /** The query, which tells servers so many bits of the client's address if it tells any. */
  static Query withPrefix(Query query, @Nullable Object prefix) throws LuaFailure {
    InetAddress client = query.client().address().getAddress();
    int bits = (int) number(prefix, "ecsPrefixLength", longest(client));
    return query.wire().subnet() == null ? query : query.withSubnet(ClientSubnet.of(client, bits));
  }
}
