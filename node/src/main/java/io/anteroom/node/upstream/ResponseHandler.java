// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Attempt;
import io.anteroom.node.upstream.Fallbacks.Response;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireAnswer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the step that {@link Fallbacks} defines for the result of an attempt at one server, and
 * updates the server's health and response times. Confined to the thread of its forwarder.
 */
final class ResponseHandler implements ResponseValidator.Findings {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseHandler.class);

  /**
   * Most doubtful answers to one query that a server which changes the case of QNAME may have sent:
   * one, and a duplicate.
   */
  private static final int MAX_DOUBTS = 2;

  /**
   * How long to wait for the true answer after one that matches except for something that a forger
   * can't know.
   */
  private static final long GRACE_NANOS = Duration.ofMillis(100).toNanos();

  private final Forwarder forwarder;
  private final Forwarder.Owner owner;
  private final UpstreamSockets sockets;
  private final DeadlineWheel wheel;
  private final ServerCapabilities capabilities;
  private final AnswerJudge judge;
  private final ResponseTimes times;
  private final Counters<Counter> counters;

  ResponseHandler(
      Forwarder forwarder,
      Forwarder.Owner owner,
      UpstreamSockets sockets,
      DeadlineWheel wheel,
      ServerCapabilities capabilities,
      AnswerJudge judge,
      ResponseTimes times,
      Counters<Counter> counters) {
    this.forwarder = forwarder;
    this.owner = owner;
    this.sockets = sockets;
    this.wheel = wheel;
    this.capabilities = capabilities;
    this.judge = judge;
    this.times = times;
    this.counters = counters;
  }

  @Override
  public void answer(Exchange exchange, WireAnswer answer, long nowNanos) {
    counters.increment(Counter.UPSTREAM_ANSWERS);
    if (isGood(answer)) {
      times.record(nowNanos - exchange.sentNanos(), nowNanos);
    }
    sockets.leaveAnswered(exchange);
    if (!ServerCapabilities.keepsCase(exchange, answer)) {
      breaksCase(nowNanos);
    }
    Response response = judge.judge(exchange, answer, nowNanos);
    follow(exchange, response, answer, nowNanos);
  }

  @Override
  public void bareError(Exchange exchange, int rcode, long nowNanos) {
    sockets.leaveAnswered(exchange);
    follow(exchange, judge.judgeHeader(exchange, rcode), nowNanos);
  }

  @Override
  public void doubtful(Exchange exchange, Counter reason, long nowNanos) {
    exchange.doubt(reason);
    if (exchange.doubts() > 1) {
      return;
    }
    long left = Math.min(exchange.dueNanos() - nowNanos, GRACE_NANOS);
    wheel.remove(exchange);
    wheel.add(exchange, nowNanos + left, nowNanos);
  }

  @Override
  public void wrongOnStream(Exchange exchange, Counter reason, long nowNanos) {
    sockets.leaveAnswered(exchange);
    forwarder.cutOff(exchange, Response.NO_MESSAGE, nowNanos);
  }

  @Override
  public void suspected(UdpSocket socket, long nowNanos) {
    sockets.close(socket, Response.GUESSED_AT, nowNanos);
  }

  /** The response of an exchange that has timed out. */
  Response whenExpired(Exchange exchange, long nowNanos) {
    if (!exchange.message().attempt().udp()) {
      return withoutTcp(exchange, Response.SILENCE);
    } else if (!exchange.isInDoubt()) {
      return Response.SILENCE;
    }
    // No other answer has arrived, so the doubtful one may have been the true answer.
    boolean known = exchange.caseInDoubt() && !capabilities.hasRandomCase(nowNanos);
    return known ? Response.CASE_KNOWN : Response.DOUBTED;
  }

  /**
   * The response of an exchange that TCP could not help. If its answer over UDP was doubted because
   * of the case of QNAME, the server is believed, unless there were more such answers than a server
   * sends.
   */
  private static Response withoutTcp(Exchange exchange, Response response) {
    boolean believed = exchange.caseInDoubt() && exchange.doubts() <= MAX_DOUBTS;
    return believed && exchange.message().randomCase() ? Response.CASE_UNCONFIRMED : response;
  }

  /** The TCP connection of an exchange has ended. */
  void disconnected(Exchange exchange, boolean wasOpen, long nowNanos) {
    // If a connection could not be opened, another one is not tried.
    boolean first = wasOpen && !exchange.movedBefore();
    Response response = first ? Response.DISCONNECTED : withoutTcp(exchange, Response.UNREACHABLE);
    follow(exchange, response, nowNanos);
  }

  /** Takes the step after a response without an answer. The exchange is on no socket. */
  void follow(Exchange exchange, Response response, long nowNanos) {
    follow(exchange, response, null, nowNanos);
  }

  private void follow(
      Exchange exchange, Response response, @Nullable WireAnswer answer, long nowNanos) {
    Counter counter = response.counter();
    if (counter != null) {
      counters.increment(counter);
    }
    Attempt attempt = exchange.message().attempt();
    switch (response.after(attempt)) {
      case HAND_ON, ELSEWHERE -> conclude(exchange, answer, response, nowNanos);
      case AGAIN -> again(exchange, nowNanos);
      case LESS_EDNS -> again(exchange, attempt.rung().below(), nowNanos);
      case NO_EDNS -> again(exchange, Rung.NONE, nowNanos);
      case ANY_CASE -> {
        breaksCase(nowNanos);
        again(exchange, nowNanos);
      }
      case TCP -> orOverload(exchange, sockets.sendOverTcp(exchange, nowNanos));
      case RECONNECT -> reconnect(exchange, nowNanos);
      case GIVE_UP -> fail(exchange, response, nowNanos);
      case NEVER -> throw new IllegalStateException(response + " after " + attempt);
    }
  }

  private void again(Exchange exchange, Rung rung, long nowNanos) {
    exchange.stepDown(rung);
    again(exchange, nowNanos);
  }

  private void again(Exchange exchange, long nowNanos) {
    orOverload(exchange, sockets.send(exchange, nowNanos));
  }

  private void orOverload(Exchange exchange, boolean sent) {
    if (!sent) {
      forwarder.end(exchange);
      owner.failed(exchange, Unanswered.Reason.OVERLOAD);
    }
  }

  private void reconnect(Exchange exchange, long nowNanos) {
    if (!sockets.moveToTcp(exchange, nowNanos)) {
      follow(exchange, withoutTcp(exchange, Response.UNREACHABLE), nowNanos);
    }
  }

  private void conclude(
      Exchange exchange, @Nullable WireAnswer answer, Response response, long nowNanos) {
    forwarder.end(exchange);
    if (answer != null && isGood(answer)) {
      forwarder.health().answered(nowNanos - exchange.sentNanos());
    } else if (response != Response.ANSWER) {
      forwarder.health().refused(nowNanos);
    }
    if (answer == null) {
      owner.failed(exchange, Unanswered.Reason.NETWORK);
    } else if (response == Response.ANSWER) {
      owner.answered(exchange, answer);
    } else {
      owner.refused(exchange, answer);
    }
  }

  private static boolean isGood(WireAnswer answer) {
    return answer.rcode() == Rcodes.NOERROR || answer.rcode() == Rcodes.NXDOMAIN;
  }

  private void breaksCase(long nowNanos) {
    if (capabilities.breaksCase(nowNanos)) {
      LOG.warn("{} does not keep the case of names, and is asked without regard to it", forwarder);
    }
    counters.increment(Counter.UPSTREAM_CASE_BROKEN);
  }

  private void fail(Exchange exchange, Response response, long nowNanos) {
    forwarder.end(exchange);
    boolean timeout = response == Response.SILENCE;
    counters.increment(timeout ? Counter.UPSTREAM_TIMEOUTS : Counter.UPSTREAM_NETWORK);
    if (timeout) {
      forwarder.health().failed(ServerHealth.Failure.TIMEOUT, nowNanos);
    } else {
      forwarder.health().failed(ServerHealth.Failure.NETWORK, forwarder.trouble(), nowNanos);
    }
    owner.failed(exchange, timeout ? Unanswered.Reason.TIMEOUT : Unanswered.Reason.NETWORK);
  }
}
