// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.REFUSED_STREAM;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.http.Body;
import io.anteroom.node.http.DohRequest;
import io.anteroom.node.http.Http2Frames;
import io.anteroom.node.http.Http2Head;
import io.anteroom.node.http.Http2Reader;
import io.anteroom.node.http.Http2Violation;
import io.anteroom.node.http.HttpAnswer;
import io.anteroom.node.http.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One connection of HTTP/2 (RFC 9113). It reads and writes the frames itself: a query is two frames
 * in and two out, and has an object, but no channel, of its own.
 *
 * <p>What no correct client does ends the connection, and never only a stream. What a correct
 * client does seldom, such as to cancel requests, has a {@link FrameBudget}. A request that the
 * client cancels is given up at once, with all that waits for it.
 */
final class Http2Connection extends HttpsConnection implements Http2Reader.Events {
  /** What a client may send of one body: more than a DNS message has, so that none has to wait. */
  private static final int STREAM_WINDOW = 128 << 10;

  /** What it may send of all bodies together before it is told to go on. */
  private static final int WINDOW = 1 << 20;

  /** Frames of data that are shorter and not the last of their body ask nothing. */
  private static final int SMALL_DATA = 64;

  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int SMALL_FRAME = 32;

  private final Http2Input input;
  private final FrameBudget budget = new FrameBudget();
  private final IntObjectMap<Http2Stream> streams = new IntObjectHashMap<>();
  private final Http2Sender sender = new Http2Sender(this);
  private int lastStream;
  private int receiving;
  private int received;
  private boolean draining;

  Http2Connection(HttpsParts parts, ActorRef<OriginCommand> listener, TcpAdmission.Seat seat) {
    super(parts, listener, seat);
    this.input = new Http2Input(new Http2Reader(this, parts.settings().http().maxHeaderSize()));
  }

  @Override
  void begin() {
    Http2Frames.start(
        out(SMALL_FRAME * 2),
        parts.settings().http().maxStreams(),
        STREAM_WINDOW,
        WINDOW,
        parts.settings().http().maxHeaderSize());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isOver()) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      input.read((ByteBuf) message, context.alloc());
    } catch (Http2Violation e) {
      violated(e);
      return;
    }
    endIfDrained();
    if (!isOver()) {
      keeps(input.bytes() + receiving * Body.MAX_QUERY);
      readIfAllowed();
    }
  }

  private void violated(Http2Violation violation) {
    parts.count(
        switch (violation.kind()) {
          case PROTOCOL -> Counter.HTTP_PROTOCOL_ERRORS;
          case RESETS -> Counter.HTTP_RAPID_RESETS;
          case FLOOD -> Counter.HTTP_FLOODS;
        });
    Http2Frames.goAway(out(SMALL_FRAME), lastStream, violation.error());
    linger();
  }

  @Override
  public void onHead(int id, Http2Head head, boolean end) throws Http2Violation {
    Http2Stream known = streams.get(id);
    if (known != null) {
      onTrailers(known, end);
      return;
    }
    boolean taken = begun(id);
    if (!head.isComplete()) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    } else if (!taken) {
      return;
    }
    DohRequest request = head.request(parts.settings().http().paths());
    Http2Stream stream = new Http2Stream(this, id, session(request.path()));
    stream.open = !end;
    streams.put(id, stream);
    Refusal refusal = refusal(request, head, end);
    byte[] query = request.query();
    if (refusal != null) {
      refuse(stream, refusal, head, end);
    } else if (query != null) {
      pass(stream, query);
    } else {
      receive(stream, head);
    }
  }

  private static @Nullable Refusal refusal(DohRequest request, Http2Head head, boolean end) {
    if (request.refusal() != null) {
      return request.refusal();
    } else if (request.query() == null && end) {
      return Refusal.NO_MESSAGE;
    }
    CharSequence expect = head.expect();
    return expect == null || AsciiString.contentEqualsIgnoreCase("100-continue", expect)
        ? null
        : Refusal.EXPECTATION;
  }

  /** A body that follows is read first, if the client does not wait with it and it is not long. */
  private void refuse(Http2Stream stream, Refusal refusal, Http2Head head, boolean end) {
    if (head.isHead()) {
      parts.count(refusal);
      sender.headOnly(stream, HttpAnswer.of(refusal));
      finish(stream);
    } else if (end || head.expect() != null || refusal == Refusal.TOO_LARGE) {
      refuse(stream, refusal);
    } else {
      stream.refusal = refusal;
      receive(stream, head);
    }
  }

  private void receive(Http2Stream stream, Http2Head head) {
    stream.body = new Body(head.contentLength());
    receiving++;
    if (head.expect() != null) {
      sender.goOn(stream);
    }
  }

  @Override
  public void onLargeHead(int id, boolean end) throws Http2Violation {
    Http2Stream known = streams.get(id);
    if (known != null) {
      onTrailers(known, end);
    } else if (begun(id)) {
      Http2Stream stream = new Http2Stream(this, id, session(""));
      stream.open = !end;
      streams.put(id, stream);
      refuse(stream, Refusal.HEADERS_TOO_LARGE);
      // Its fields may have been many times as large as the bytes that they came in.
      budget.takeReset();
    }
  }

  /** Whether a stream that begins is taken. */
  private boolean begun(int id) throws Http2Violation {
    if ((id & 1) == 0) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    } else if (id <= lastStream) {
      throw Http2Violation.protocol(STREAM_CLOSED);
    } else if (draining) {
      budget.takeOther();
      return false;
    }
    lastStream = id;
    if (streams.size() >= parts.settings().http().maxStreams()) {
      budget.takeReset();
      parts.count(Counter.HTTP_STREAMS_REFUSED);
      Http2Frames.reset(out(SMALL_FRAME), id, REFUSED_STREAM);
      return false;
    }
    parts.count(Counter.HTTP_REQUESTS);
    return true;
  }

  private void onTrailers(Http2Stream stream, boolean end) throws Http2Violation {
    if (!stream.open) {
      throw Http2Violation.protocol(STREAM_CLOSED);
    } else if (!end) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
    onEnd(stream);
  }

  @Override
  public void onData(int id, ByteBuf data, int length, boolean end) throws Http2Violation {
    consume(length);
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      refuseUnbegun(id);
      budget.takeOther();
      return;
    } else if (!stream.open) {
      throw Http2Violation.protocol(STREAM_CLOSED);
    } else if (!end && data.readableBytes() < SMALL_DATA) {
      budget.takeOther();
    }
    stream.open = !end;
    Body body = stream.body;
    if (body != null && !body.add(data)) {
      forgetBody(stream);
      refuse(stream, Refusal.TOO_LARGE);
    }
    if (end) {
      onEnd(stream);
    }
  }

  /** Gives the client its window back; what it has sent is never kept. */
  private void consume(int length) throws Http2Violation {
    received += length;
    if (received > WINDOW) {
      throw Http2Violation.protocol(FLOW_CONTROL_ERROR);
    } else if (received > WINDOW / 2) {
      Http2Frames.window(out(SMALL_FRAME), received);
      received = 0;
    }
  }

  private void refuseUnbegun(int id) throws Http2Violation {
    if (((id & 1) == 0 || id > lastStream) && !draining) {
      throw Http2Violation.protocol(PROTOCOL_ERROR);
    }
  }

  private void onEnd(Http2Stream stream) {
    stream.open = false;
    Body body = stream.body;
    if (body != null) {
      forgetBody(stream);
      Refusal refusal = stream.refusal == null ? body.refusal() : stream.refusal;
      if (refusal == null) {
        pass(stream, body.message());
      } else {
        refuse(stream, refusal);
      }
    }
  }

  private void forgetBody(Http2Stream stream) {
    if (stream.body != null) {
      stream.body = null;
      receiving--;
    }
  }

  private void pass(Http2Stream stream, byte[] query) {
    if (mayAsk()) {
      stream.asked = true;
      ask(stream, query);
    } else {
      refuse(stream, Refusal.TOO_MANY);
    }
  }

  private void refuse(Http2Stream stream, Refusal refusal) {
    parts.count(refusal);
    respond(stream, HttpAnswer.of(refusal));
  }

  /** Writes the response to a query that has been passed on, unless its client has gone. */
  void answer(Http2Stream stream, HttpAnswer answer) {
    if (stream.asked) {
      stream.asked = false;
      ended();
      respond(stream, answer);
    }
  }

  private void respond(Http2Stream stream, HttpAnswer answer) {
    budget.answered();
    progressed();
    if (sender.respond(stream, answer)) {
      finish(stream);
    }
  }

  /** The response has been written. A client that still sends a body is told not to. */
  private void finish(Http2Stream stream) {
    if (stream.open) {
      Http2Frames.reset(out(SMALL_FRAME), stream.id, NO_ERROR);
    }
    forget(stream);
    endIfDrained();
  }

  private void forget(Http2Stream stream) {
    forgetBody(stream);
    streams.remove(stream.id);
    sender.forget(stream);
  }

  private void endIfDrained() {
    if (draining && !input.isReading() && streams.isEmpty() && !isOver()) {
      end();
    }
  }

  @Override
  public void onReset(int id) throws Http2Violation {
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      refuseUnbegun(id);
      budget.takeOther();
      return;
    }
    forget(stream);
    parts.count(Counter.HTTP_RESETS);
    if (stream.asked) {
      stream.asked = false;
      gone(stream);
    }
    budget.takeReset();
  }

  @Override
  public void onSetting(int id, long value) throws Http2Violation {
    if (id == INITIAL_WINDOW_SIZE) {
      sender.setInitial(value, streams.values());
    }
  }

  @Override
  public void onSettingsEnd() throws Http2Violation {
    budget.takeOther();
    sender.settings();
    writeBlocked();
  }

  @Override
  public void onPing(long data) throws Http2Violation {
    budget.takeOther();
    Http2Frames.pingAck(out(SMALL_FRAME), data);
  }

  @Override
  public void onWindow(int id, int more) throws Http2Violation {
    budget.takeOther();
    if (id == 0) {
      sender.open(more);
      writeBlocked();
      return;
    }
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      refuseUnbegun(id);
      return;
    }
    sender.open(stream, more);
    writeMore(stream);
  }

  private void writeMore(Http2Stream stream) {
    HttpAnswer answer = stream.answer;
    if (answer != null && sender.goOnWith(stream, answer)) {
      finish(stream);
    }
  }

  private void writeBlocked() {
    if (sender.blocked() > 0) {
      List.copyOf(streams.values()).forEach(this::writeMore);
    }
  }

  @Override
  public void onOther() throws Http2Violation {
    budget.takeOther();
  }

  @Override
  long unsent() {
    return sender.blocked();
  }

  @Override
  boolean mayRead() {
    return true;
  }

  /** No client ends its side and waits: one that does has gone. */
  @Override
  void inputEnded() {
    close();
  }

  @Override
  void stopTaking() {
    if (isOver() || draining) {
      return;
    }
    draining = true;
    sayGoodbye();
    if (streams.isEmpty()) {
      end();
    } else {
      flush();
    }
  }

  @Override
  void sayGoodbye() {
    Http2Frames.goAway(out(SMALL_FRAME), lastStream, NO_ERROR);
  }

  @Override
  boolean isStuck(long nowNanos, long timeoutNanos) {
    budget.tick();
    return input.isStuck(nowNanos, timeoutNanos) || hasStuckBody(nowNanos, timeoutNanos);
  }

  private boolean hasStuckBody(long nowNanos, long timeoutNanos) {
    if (receiving == 0) {
      return false;
    }
    for (Http2Stream stream : streams.values()) {
      if (stream.body != null) {
        stream.seenNanos = stream.seenNanos == 0 ? nowNanos : stream.seenNanos;
        if (nowNanos - stream.seenNanos >= timeoutNanos) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  void abandon() {
    for (Http2Stream stream : List.copyOf(streams.values())) {
      forget(stream);
      if (stream.asked) {
        stream.asked = false;
        gone(stream);
      }
    }
    input.close();
  }
}
