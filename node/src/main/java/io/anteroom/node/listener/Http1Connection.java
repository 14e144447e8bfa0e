// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.http.Body;
import io.anteroom.node.http.DohRequest;
import io.anteroom.node.http.Http1Responses;
import io.anteroom.node.http.HttpAnswer;
import io.anteroom.node.http.Paths;
import io.anteroom.node.http.Refusal;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One connection of HTTP/1.1 (RFC 9112), behind Netty's decoder. Requests that are pipelined are
 * worked on at the same time, up to {@code max-pipelined}, and answered in their order. Those
 * beyond wait, and nothing more is read: so at most those of one read wait.
 */
final class Http1Connection extends HttpsConnection {
  /** Most bytes of a body that are read only to find the next request behind it. */
  private static final int MAX_SKIPPED = 0xffff;

  private final int maxPipelined;

  /** The requests in progress, in their order. */
  private final Queue<Http1Exchange> pending = new ArrayDeque<>();

  /** Those of them whose query has not been passed on. */
  private final Queue<Http1Exchange> waiting = new ArrayDeque<>();

  /** The request whose body arrives; null for none. */
  private @Nullable Http1Exchange current;

  private int skipped;
  private long unsent;
  private boolean inputEnded;

  /** Whether the client may still be sending what is not read. */
  private boolean lingers;

  private boolean writing;

  Http1Connection(HttpsParts parts, ActorRef<OriginCommand> listener, TcpAdmission.Seat seat) {
    super(parts, listener, seat);
    this.maxPipelined = parts.settings().connections().maxPipelined();
  }

  @Override
  void begin() {
    // The client speaks first.
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof HttpRequest request && !isClosing()) {
        onRequest(request);
      }
      if (message instanceof HttpContent content && !isClosing()) {
        onContent(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
    readIfAllowed();
  }

  /** Whether no further request is taken. */
  private boolean isClosing() {
    return isOver() || inputEnded;
  }

  private void onRequest(HttpRequest request) {
    parts.count(Counter.HTTP_REQUESTS);
    Refusal broken = broken(request);
    Paths paths = parts.settings().http().paths();
    DohRequest asked = broken == null ? read(request, paths) : new DohRequest("", null, broken);
    Http1Exchange exchange = new Http1Exchange(this, session(asked.path()), fate(request));
    exchange.withoutBody = HttpMethod.HEAD.equals(request.method());
    current = exchange;
    skipped = 0;
    pending.add(exchange);
    Refusal refusal = refusal(request, asked, broken);
    boolean expects = request.headers().contains(HttpHeaderNames.EXPECT);
    if (refusal != null) {
      refuse(exchange, refusal, expects || broken != null || refusal == Refusal.TOO_LARGE);
    } else if (asked.query() != null) {
      exchange.query = asked.query();
    } else {
      exchange.body = new Body(HttpUtil.getContentLength(request, -1L));
      exchange.waits = expects;
      keeps(Body.MAX_QUERY);
    }
    write();
  }

  private static @Nullable Refusal broken(HttpRequest request) {
    if (request.decoderResult().isSuccess()) {
      // RFC 9112 section 3.2.
      boolean named =
          request.headers().contains(HttpHeaderNames.HOST)
              || HttpVersion.HTTP_1_0.equals(request.protocolVersion());
      return named ? null : Refusal.SYNTAX;
    }
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Refusal.TARGET_TOO_LARGE;
    }
    return cause instanceof TooLongHttpHeaderException ? Refusal.HEADERS_TOO_LARGE : Refusal.SYNTAX;
  }

  private static DohRequest read(HttpRequest request, Paths paths) {
    return DohRequest.of(
        paths,
        request.method().name(),
        request.uri(),
        request.headers().get(HttpHeaderNames.CONTENT_TYPE),
        HttpUtil.getContentLength(request, -1L));
  }

  private static @Nullable Refusal refusal(
      HttpRequest request, DohRequest asked, @Nullable Refusal broken) {
    HttpHeaders headers = request.headers();
    if (asked.refusal() != null) {
      return asked.refusal();
    } else if (broken == null
        && headers.contains(HttpHeaderNames.EXPECT)
        && !headers.contains(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, true)) {
      return Refusal.EXPECTATION;
    }
    return null;
  }

  private static Http1Responses.Connection fate(HttpRequest request) {
    if (!HttpUtil.isKeepAlive(request)) {
      return Http1Responses.Connection.CLOSED;
    }
    return request.protocolVersion().isKeepAliveDefault()
        ? Http1Responses.Connection.STAYS
        : Http1Responses.Connection.KEPT;
  }

  private void onContent(HttpContent content) {
    Http1Exchange exchange = current;
    if (exchange == null) {
      return;
    }
    Body body = exchange.body;
    boolean end = content instanceof LastHttpContent;
    skipped += content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      refuse(exchange, Refusal.SYNTAX, true);
    } else if (body == null ? skipped > MAX_SKIPPED : !body.add(content.content())) {
      refuse(exchange, Refusal.TOO_LARGE, true);
    } else if (end) {
      current = null;
      onEnd(exchange, body);
    }
    write();
  }

  private void onEnd(Http1Exchange exchange, @Nullable Body body) {
    if (body != null) {
      exchange.body = null;
      keeps(0);
      Refusal refusal = body.refusal();
      if (refusal == null) {
        exchange.query = body.message();
      } else {
        refuse(exchange, refusal, false);
      }
    }
    if (exchange.query != null) {
      waiting.add(exchange);
      passWaiting();
    }
  }

  /** Passes on as many queries as may be in flight; the responses to others can be written. */
  private void passWaiting() {
    while (inFlight() < maxPipelined && !waiting.isEmpty() && !isOver()) {
      Http1Exchange next = waiting.remove();
      byte[] query = next.query;
      next.query = null;
      if (query != null && mayAsk()) {
        next.asked = true;
        ask(next, query);
      } else if (query != null) {
        refuse(next, Refusal.TOO_MANY, false);
      }
    }
  }

  /**
   * Answers a request that is refused.
   *
   * @param closes whether the rest of its body is not read, so that no other request can follow
   */
  private void refuse(Http1Exchange exchange, Refusal refusal, boolean closes) {
    if (closes) {
      exchange.fate = Http1Responses.Connection.CLOSED;
      exchange.body = null;
      current = null;
      inputEnded = true;
      lingers = true;
    }
    if (exchange.answer == null) {
      parts.count(refusal);
      hold(exchange, HttpAnswer.of(refusal));
    }
  }

  private void hold(Http1Exchange exchange, HttpAnswer answer) {
    progressed();
    exchange.answer = answer;
    unsent += answer.body().length;
  }

  /** Takes the response to a query that has been passed on, unless its client has gone. */
  void answer(Http1Exchange exchange, HttpAnswer answer) {
    if (exchange.asked) {
      exchange.asked = false;
      ended();
      hold(exchange, answer);
      passWaiting();
      write();
    }
  }

  /** Writes the responses whose turn it is. */
  private void write() {
    if (writing) {
      return;
    }
    writing = true;
    boolean closes = false;
    Http1Exchange next = pending.peek();
    while (next != null && next.answer != null && !closes) {
      pending.remove();
      unsent -= next.answer.body().length;
      closes = next.fate == Http1Responses.Connection.CLOSED || (inputEnded && pending.isEmpty());
      write(next, next.answer, closes);
      next = pending.peek();
    }
    writing = false;
    if (closes && lingers) {
      linger();
    } else if (closes) {
      end();
    } else if (next != null && next.waits && next.body != null) {
      next.waits = false;
      Http1Responses.goOn(out(Http1Responses.HEAD));
    }
  }

  private void write(Http1Exchange exchange, HttpAnswer answer, boolean closes) {
    Http1Responses.write(
        out(Http1Responses.HEAD + answer.body().length),
        answer,
        closes ? Http1Responses.Connection.CLOSED : exchange.fate,
        exchange.withoutBody);
    exchange.answer = null;
  }

  @Override
  long unsent() {
    return unsent;
  }

  @Override
  boolean mayRead() {
    return pending.size() < maxPipelined;
  }

  /** What is in progress is still answered: the client may have ended only its side. */
  @Override
  void inputEnded() {
    stopTaking();
  }

  @Override
  void stopTaking() {
    if (isOver()) {
      return;
    }
    inputEnded = true;
    if (current != null && current.answer == null) {
      pending.remove(current);
    }
    current = null;
    if (pending.isEmpty()) {
      end();
    }
  }

  @Override
  void sayGoodbye() {
    // A response that nobody has asked for could be taken for one to a request on its way.
  }

  @Override
  boolean isStuck(long nowNanos, long timeoutNanos) {
    return false;
  }

  @Override
  void abandon() {
    for (Http1Exchange exchange : pending) {
      if (exchange.asked) {
        exchange.asked = false;
        gone(exchange);
      }
    }
    pending.clear();
    waiting.clear();
    unsent = 0;
  }
}
