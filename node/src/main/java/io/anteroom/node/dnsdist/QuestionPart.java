// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.wire.WireName;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The part of the library with questions, names and addresses. For the thread that uses the state.
 *
 * <p>{@code L.handle(number)} of its script makes a {@code dq} for a question that is not the one
 * of the current call.
 */
final class QuestionPart implements LibraryPart {
  private static final int MAX_PORT = 0xffff;

  private final LongFunction<@Nullable Question> questions;

  /**
   * Creates the part.
   *
   * @param questions returns the question with a number that {@code L.handle} was given; null if
   *     there is none any more
   */
  QuestionPart(LongFunction<@Nullable Question> questions) {
    this.questions = questions;
  }

  @Override
  public Map<String, LuaFunction> functions() {
    return Map.of(
        "question_get", a -> of(a).get(field(a)),
        "question_set", this::set,
        "question_invoke", this::invoke,
        "name_text", a -> WireName.absolute(name(a)),
        "name_wire", a -> WireName.wireOf(name(a)),
        "name_of_wire", QuestionPart::nameOfWire,
        "address", QuestionPart::address,
        "address_raw", a -> parsed(text(a)).getAddress(),
        "address_of_raw", QuestionPart::ofRaw,
        "address_truncated", QuestionPart::truncated);
  }

  @Override
  public List<String> scripts() {
    return List.of("values.lua", "question.lua");
  }

  private @Nullable Object set(@Nullable Object[] arguments) throws LuaFailure {
    of(arguments).set(field(arguments), ScriptValues.at(arguments, 2));
    return null;
  }

  private @Nullable Object invoke(@Nullable Object[] arguments) throws LuaFailure {
    Question question = of(arguments);
    return question.invoke(
        field(arguments), Arrays.copyOfRange(arguments, 2, Math.max(2, arguments.length)));
  }

  private Question of(@Nullable Object[] arguments) throws LuaFailure {
    Question question =
        ScriptValues.at(arguments, 0) instanceof Long number ? questions.apply(number) : null;
    if (question == null) {
      throw new LuaFailure("the question is used after its end");
    }
    return question;
  }

  private static String field(@Nullable Object[] arguments) throws LuaFailure {
    return ScriptValues.text(ScriptValues.at(arguments, 1), "a field");
  }

  private static String text(@Nullable Object[] arguments) throws LuaFailure {
    return ScriptValues.text(ScriptValues.at(arguments, 0), "an address");
  }

  private static String name(@Nullable Object[] arguments) throws LuaFailure {
    String text = ScriptValues.text(ScriptValues.at(arguments, 0), "a name");
    String name = text.isEmpty() ? "." : text;
    SpoofedAnswers.name(name);
    return name;
  }

  private static Object nameOfWire(@Nullable Object[] arguments) throws LuaFailure {
    byte[] raw = ScriptValues.bytes(ScriptValues.at(arguments, 0), "the raw name");
    try {
      return WireName.absoluteOfWire(raw);
    } catch (IllegalArgumentException e) {
      throw new LuaFailure(String.valueOf(e.getMessage()));
    }
  }

  private static InetAddress parsed(String text) throws LuaFailure {
    InetAddress address = SpoofedAnswers.address(text);
    if (address == null) {
      throw new LuaFailure("\"" + text + "\" is no address");
    }
    return address;
  }

  /** An address and a port, from a text with or without a port. */
  private static Object address(@Nullable Object[] arguments) throws LuaFailure {
    String text = text(arguments);
    int colon = text.lastIndexOf(':');
    boolean bracket = text.startsWith("[");
    boolean hasPort = bracket ? text.contains("]:") : colon > 0 && text.indexOf(':') == colon;
    String host = hasPort ? text.substring(0, colon) : text;
    if (bracket && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    InetAddress address = SpoofedAnswers.address(host);
    int port = hasPort ? port(text.substring(colon + 1)) : 0;
    if (address == null || port < 0) {
      throw new LuaFailure("\"" + text + "\" is no address, nor one with a port");
    }
    return QuestionMethods.address(new InetSocketAddress(address, port));
  }

  /** The port that a text is; -1 if it is none. */
  private static int port(String digits) {
    try {
      int port = Integer.parseInt(digits);
      return port <= MAX_PORT ? port : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Object ofRaw(@Nullable Object[] arguments) throws LuaFailure {
    byte[] raw = ScriptValues.bytes(ScriptValues.at(arguments, 0), "the raw address");
    try {
      return NetUtil.toAddressString(InetAddress.getByAddress(raw));
    } catch (UnknownHostException e) {
      throw new LuaFailure("a raw address has 4 or 16 bytes, not " + raw.length);
    }
  }

  /** The address with its first bits only. */
  private static Object truncated(@Nullable Object[] arguments) throws LuaFailure {
    byte[] bytes = parsed(text(arguments)).getAddress();
    long bits = ScriptValues.number(ScriptValues.at(arguments, 1), "the bits", 8L * bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      int kept = (int) Math.max(0, Math.min(8, bits - 8L * i));
      bytes[i] &= (byte) (0xff << (8 - kept));
    }
    return ofRaw(new @Nullable Object[] {bytes});
  }
}
