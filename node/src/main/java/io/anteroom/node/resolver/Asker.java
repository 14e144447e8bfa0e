// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.AnswerSource;
import io.anteroom.node.upstream.EventLoopPool;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/**
 * Sends single queries: it tries the query cache, then the channel, and then the next channel if
 * the first one was replaced meanwhile. Each query has exactly one outcome, unless its call ends
 * before. Confined to the event loop.
 */
final class Asker {
  private static final String POOL = "resolver";
  private static final long CACHE_BYTES = 8 << 20;
  private static final int HEADER = 12;

  private Settings settings;
  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final AnswerCache cache;
  private final long deadlineNanos;
  private Channel channel;

  Asker(Settings settings, EventLoop loop, Counters<Counter> counters) {
    this.settings = settings;
    this.loop = loop;
    this.counters = counters;
    this.cache =
        new AnswerCache(
            CACHE_BYTES,
            Map.of(POOL, CacheSettings.plain(settings.qcacheMaxTtl())),
            counters,
            System::nanoTime);
    this.deadlineNanos = settings.channel().tries().deadline().toNanos();
    this.channel = newChannel();
  }

  private Channel newChannel() {
    return new Channel(
        new EventLoopPool(
            settings.channel(), loop, counters, new SecureRandom(), settings.listener()));
  }

  /** Queries records of a name, of class IN. */
  CompletableFuture<Outcome> ask(Call call, String name, int type) {
    Message query = new Message();
    if (!settings.channel().has(ChannelFlag.NO_RECURSE)) {
      query.getHeader().setFlag(Flags.RD);
    }
    if (settings.authenticData()) {
      query.getHeader().setFlag(Flags.AD);
    }
    return ask(call, query, name, type, DClass.IN);
  }

  /** Sends a query with another name. */
  CompletableFuture<Outcome> ask(Call call, Message query, String name) {
    Record question = query.getQuestion();
    return ask(call, query.clone(), name, question.getType(), question.getDClass());
  }

  private CompletableFuture<Outcome> ask(
      Call call, Message query, String text, int type, int dnsClass) {
    if (call.isOver()) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.ECANCELLED, text, 0));
    }
    try {
      Name name = Name.fromString(Names.ascii(text), Name.root);
      query.removeAllRecords(Section.QUESTION);
      query.addRecord(Record.newRecord(name, type, dnsClass), Section.QUESTION);
    } catch (ResolverException | TextParseException e) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.EBADNAME, text, 0));
    } catch (IllegalArgumentException e) {
      // The type or class is invalid for records.
      return CompletableFuture.completedFuture(Outcome.failed(Status.EBADQUERY, text, 0));
    }
    return ask(call, query);
  }

  /** Sends a query; failures are in the outcome. */
  CompletableFuture<Outcome> ask(Call call, Message query) {
    String name = query.getQuestion() == null ? "" : query.getQuestion().getName().toString();
    if (SearchRules.isOnion(name)) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.ENOTFOUND, name, 0));
    }
    if (!(WireQuery.parse(query.toWire()) instanceof WireQuery wire)) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.EBADQUERY, name, 0));
    }
    long now = System.nanoTime();
    byte[] cached = cache.get(POOL, wire);
    WireAnswer answer = cached == null ? null : WireAnswer.parse(cached);
    if (answer != null) {
      return CompletableFuture.completedFuture(outcome(wire, answer, null, 0, now));
    }
    if (settings.channel().servers().isEmpty()) {
      return CompletableFuture.completedFuture(Outcome.failed(Status.ENOSERVER, name, 0));
    }
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    begin(new UpstreamRequest(this, call, channel, wire, false, now, outcome));
    return outcome;
  }

  private void begin(UpstreamRequest question) {
    question.begin(System.nanoTime() + deadlineNanos);
  }

  void answered(
      UpstreamRequest question, WireAnswer answer, @Nullable AnswerSource source, int timeouts) {
    if (question.channel() == channel) {
      // Answers of servers that were replaced since are not cached.
      cache.put(POOL, question.query(), answer);
    }
    question
        .outcome()
        .complete(outcome(question.query(), answer, source, timeouts, question.sinceNanos()));
  }

  void unanswered(
      UpstreamRequest question, Unanswered.Reason reason, int timeouts, boolean replaced) {
    WireQuery query = question.query();
    if (replaced && !question.isSecond() && !channel.isClosed()) {
      begin(
          new UpstreamRequest(
              this,
              question.call(),
              channel,
              query,
              true,
              question.sinceNanos(),
              question.outcome()));
      return;
    }
    Status status = replaced ? Status.EDESTRUCTION : status(reason);
    question.outcome().complete(Outcome.failed(status, query.name().toString(), timeouts));
  }

  private static Status status(Unanswered.Reason reason) {
    return switch (reason) {
      case TIMEOUT -> Status.ETIMEOUT;
      case NETWORK -> Status.ECONNREFUSED;
      case OVERLOAD -> Status.ESERVICE;
    };
  }

  private static Outcome outcome(
      WireQuery query,
      WireAnswer answer,
      @Nullable AnswerSource source,
      int timeouts,
      long sinceNanos) {
    String name = query.name().toString();
    // The question may have been sent in random case.
    byte[] bytes = answer.bytes().clone();
    byte[] asked = query.bytes();
    System.arraycopy(asked, 0, bytes, 0, 2);
    System.arraycopy(asked, HEADER, bytes, HEADER, query.questionEnd() - HEADER);
    try {
      Message message = new Message(bytes);
      Duration took = Duration.ofNanos(System.nanoTime() - sinceNanos);
      return Outcome.of(new Reply(message, source, bytes.length, timeouts, took), name);
    } catch (IOException | RuntimeException e) {
      // The server may have sent invalid record data.
      return Outcome.failed(Status.EBADRESP, name, timeouts);
    }
  }

  void setServers(List<ServerSettings> next) {
    settings = settings.withServers(next);
    cache.clear();
    channel.pool().setServers(next);
  }

  /**
   * Applies new settings to later queries; queries in flight keep the old ones. The limits of the
   * query cache don't change.
   */
  void reinit(Settings next) {
    Settings before = settings;
    List<ServerSettings> servers = next.channel().servers();
    settings = next;
    if (next.channel().equals(before.channel())) {
      return;
    }
    if (next.channel().equals(before.channel().withServers(servers))) {
      setServers(servers);
    } else {
      Channel old = channel;
      channel = newChannel();
      cache.clear();
      old.retire();
    }
  }

  /** Opens a new channel and closes the old one; queries in flight move to the new one, once. */
  void replaceChannel() {
    Channel old = channel;
    channel = newChannel();
    cache.clear();
    var unused = old.close();
  }

  CompletionStage<Void> close() {
    return channel.close();
  }
}
