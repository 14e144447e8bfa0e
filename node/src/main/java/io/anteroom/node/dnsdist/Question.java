// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaSubject;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.HeaderFlag;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One query or answer as a script sees and changes it, the {@code dq} or {@code dr} of dnsdist.
 * {@code question.lua} makes from its fields and methods those of dnsdist. For the thread of Lua
 * only.
 */
final class Question implements LuaSubject {
  /** How often scripts may restart a query; dnsdist has no limit, and so endless loops. */
  static final int MAX_RESTARTS = 16;

  private static final int NO_ID = -1;
  private static final int MAX_RCODE = 0xf;
  private static final Map<String, HeaderFlag> FLAGS =
      Map.of(
          "QR", HeaderFlag.QR,
          "AA", HeaderFlag.AA,
          "TC", HeaderFlag.TC,
          "RD", HeaderFlag.RD,
          "RA", HeaderFlag.RA,
          "AD", HeaderFlag.AD,
          "CD", HeaderFlag.CD);

  private final Stage stage;
  private final QuestionHost host;
  private Query query;
  private MessageDraft draft;
  private int id = NO_ID;
  private @Nullable Long failureTtl;
  private boolean restarts;
  private boolean read;
  private Suspender.@Nullable Suspended suspended;

  /** A question as it is before a script has changed it. */
  Question(Stage stage, Query query, QuestionHost host) {
    this.stage = stage;
    this.query = query;
    this.host = host;
    this.draft = new MessageDraft(query);
  }

  Stage stage() {
    return stage;
  }

  /** Whether it was an answer when the script got it. */
  boolean isResponse() {
    return query.answer() != null;
  }

  boolean isUdp() {
    return query.client().transport() == Transport.UDP;
  }

  /** The query with its tags, pool and so on as the script has left them, but the old message. */
  Query query() {
    return query;
  }

  /** The message as the script has left it, which must not be modified. */
  MessageDraft message() {
    return draft;
  }

  /** The id that the script sees; taken from the host when it is first asked for. */
  int id() {
    if (id == NO_ID) {
      id = host.ids().take(this);
    }
    return id;
  }

  /** A copy of the message as the script sees it. */
  byte[] content() {
    read = true;
    return draft.withId(id());
  }

  /** Whether there was a copy of the message. */
  boolean wasRead() {
    return read;
  }

  /** What suspended it; null if nothing did. */
  Suspender.@Nullable Suspended suspended() {
    return suspended;
  }

  /**
   * Ends the use of its id by the script. To be called unless it is suspended; whoever ends the
   * suspension asks it to {@link #giveUpId}.
   */
  void release() {
    if (id != NO_ID) {
      host.ids().free(id);
      id = NO_ID;
    }
  }

  /** Its id, which it has no longer; -1 if the script has not asked for it. */
  int giveUpId() {
    int given = id;
    id = NO_ID;
    return given;
  }

  /**
   * What it becomes, as the script has left it: {@code Restart}, {@code Answer} for a query that
   * has got an answer, else {@code Next}.
   *
   * @throws LuaFailure if the script made the message unusable
   */
  RuleOutcome outcome() throws LuaFailure {
    return restarts ? new RuleOutcome.Restart(query) : draft.outcome(query);
  }

  /** Answers with a response code, without records. */
  void refuse(int rcode) {
    draft.answer(Answers.rcode(query.wire(), rcode, null));
  }

  /** Sets the response code as {@code obj:setRCode} does, and makes an answer from a query. */
  void setRcode(int rcode, boolean clearRecords) throws LuaFailure {
    if (clearRecords || !isResponse() || !draft.isAnswer()) {
      refuse(rcode);
      return;
    } else if (rcode > MAX_RCODE) {
      throw new LuaFailure("an answer with records has no response code above " + MAX_RCODE);
    }
    draft.putRcode(rcode);
    draft.put(HeaderFlag.AA, false);
    draft.put(HeaderFlag.AD, false);
    draft.put(HeaderFlag.RA, HeaderFlag.RD.isIn(draft.bytes()));
  }

  /** Answers with this message in place of any other. */
  void answer(byte[] made) {
    draft.answer(made);
  }

  /** Replaces the message by one that a script made. */
  void replace(byte[] raw) throws LuaFailure {
    draft.replace(raw, query);
  }

  /** Changes the TTLs of its records, one for each. */
  void changeTtls(int[] seconds) throws LuaFailure {
    draft.changeTtls(seconds);
  }

  void put(HeaderFlag flag, boolean set) {
    draft.put(flag, set);
  }

  /** Chooses an upstream pool; the empty name is that of the default one. */
  void choosePool(@Nullable Object name) throws LuaFailure {
    String text = ScriptValues.text(name, "the pool");
    String pool = PoolNames.ours(text);
    if (!pool.equals(PoolSettings.DEFAULT) && !host.pools().contains(pool)) {
      throw new LuaFailure("there is no pool \"" + text + "\"");
    }
    query = query.withPool(pool);
  }

  /** Replaces the query by one with other marks. */
  void mark(Query marked) {
    query = marked;
  }

  /** Replaces the query by one with another message, from which the script goes on. */
  void begin(Query changed) {
    query = changed;
    draft = new MessageDraft(changed);
  }

  /** Has the query sent again; false if that has happened too often. */
  boolean restart() {
    restarts = query.rounds() < MAX_RESTARTS;
    return restarts;
  }

  /** Suspends it; false if that is not possible. */
  boolean suspend(int asyncId, int queryId, long timeoutMs) throws LuaFailure {
    Suspender.Suspended now = host.suspender().suspend(this, asyncId, queryId, timeoutMs);
    if (now != null) {
      suspended = now;
    }
    return now != null;
  }

  @Override
  public @Nullable Object get(String field) throws LuaFailure {
    return switch (field) {
      case "qname" -> query.wire().nameAsSent();
      case "qtype" -> (long) query.wire().type();
      case "qclass" -> (long) query.wire().dnsClass();
      case "id" -> (long) id();
      case "content" -> content();
      case "len", "size" -> (long) draft.bytes().length;
      case "rcode" -> (long) HeaderFlag.rcode(draft.bytes());
      case "opcode" -> (long) (draft.bytes()[2] >> 3 & 0xf);
      case "tcp" -> !isUdp();
      case "remote" -> QuestionMethods.address(query.client().address());
      case "local" -> local();
      case "pool" -> pool();
      case "skipCache" -> query.marks().skipCache();
      case "DO" -> query.wire().dnssecOk();
      case "tags" -> query.tags();
      case "protocol" -> protocol(query.client().transport().word());
      case "sni" -> query.client().session().serverName();
      case "httpPath" -> query.client().session().path();
      case "elapsed" -> elapsedUs();
      case "restarts" -> (long) query.rounds();
      case "tempFailureTTL" -> failureTtl;
      case "useECS" -> query.wire().subnet() != null;
      case "ecsPrefixLength" -> (long) QuestionMethods.prefix(query);
      case "ecsOverride" -> true;
      default -> flag(field).isIn(draft.bytes());
    };
  }

  /** The name of a transport as dnsdist has it. */
  private static String protocol(String transport) {
    return switch (transport) {
      case "udp" -> "Do53 UDP";
      case "tcp" -> "Do53 TCP";
      case "tls" -> "DNS over TLS";
      case "https" -> "DNS over HTTPS";
      case "quic" -> "DNS over QUIC";
      default -> "DNS over HTTP/3";
    };
  }

  private static HeaderFlag flag(String field) throws LuaFailure {
    HeaderFlag flag = FLAGS.get(field);
    if (flag == null) {
      throw new LuaFailure("a question has no field \"" + field + "\"");
    }
    return flag;
  }

  private Object pool() {
    String pool = query.pool();
    return pool == null ? "" : PoolNames.theirs(pool);
  }

  private @Nullable Object local() {
    InetSocketAddress local = host.local().apply(query.client());
    return local == null ? null : QuestionMethods.address(local);
  }

  private double elapsedUs() {
    long arrived = query.client().arrivedNanos();
    return arrived == 0 ? 0 : (System.nanoTime() - arrived) / 1_000.0;
  }

  @Override
  public void set(String field, @Nullable Object value) throws LuaFailure {
    switch (field) {
      case "content" -> replace(ScriptValues.bytes(value, "the content"));
      case "pool" -> choosePool(value);
      case "skipCache" -> mark(query.withSkipCache(ScriptValues.flag(value, "skipCache")));
      case "rcode" -> draft.putRcode((int) ScriptValues.number(value, "rcode", MAX_RCODE));
      case "tempFailureTTL" ->
          failureTtl =
              value == null ? null : ScriptValues.number(value, field, ScriptValues.MAX_U32);
      case "useECS" -> mark(QuestionMethods.withSubnet(query, ScriptValues.flag(value, field)));
      case "ecsPrefixLength" -> mark(QuestionMethods.withPrefix(query, value));
      case "ecsOverride" -> ScriptValues.flag(value, field);
      default -> put(flag(field), ScriptValues.flag(value, field));
    }
  }

  @Override
  public boolean isMethod(String name) {
    return QuestionMethods.NAMES.contains(name);
  }

  @Override
  public @Nullable Object invoke(String method, @Nullable Object[] arguments) throws LuaFailure {
    return QuestionMethods.invoke(this, method, arguments);
  }
}
