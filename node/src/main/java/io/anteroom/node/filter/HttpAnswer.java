// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.filter.HttpOutcome.Failed;
import io.anteroom.node.flow.SuspensionCounter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests on an HTTP/1.1 connection, one at a time, or the one request of an HTTP/2 stream,
 * and reads the responses. It buffers at most {@link HttpOutcome#MAX_BODY} bytes and closes the
 * channel when the server breaks the protocol or a limit. Used on the channel's event loop only.
 */
final class HttpAnswer extends SimpleChannelInboundHandler<HttpObject> {
  /** Interim responses (RFC 9110, section 15.2) accepted before the final one. */
  static final int MAX_INTERIM = 8;

  /** Bytes of buffer that a connection keeps for the next response. */
  private static final int KEPT = 4 << 10;

  private final Runnable reusable;
  private final ByteBuf body = Unpooled.buffer(0, HttpOutcome.MAX_BODY);
  private @Nullable Consumer<HttpOutcome> whenDone;
  private @Nullable HttpResponse response;
  private int interim;

  /**
   * Creates a handler without a request.
   *
   * @param reusable run when the next request may be sent, after the outcome was reported; not run
   *     if the channel closes
   */
  HttpAnswer(Runnable reusable) {
    super(HttpObject.class);
    this.reusable = reusable;
  }

  /** Sends a request; the previous one must have ended. */
  void send(ChannelHandlerContext context, FullHttpRequest request, Consumer<HttpOutcome> told) {
    whenDone = told;
    response = null;
    interim = 0;
    body.clear();
    context
        .writeAndFlush(request)
        .addListener(
            written -> {
              if (!written.isSuccess()) {
                fail(context, SuspensionCounter.HTTP_CLOSED, String.valueOf(written.cause()));
              }
            });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
    DecoderResult decoded = part.decoderResult();
    if (decoded.isFailure()) {
      fail(context, reason(decoded.cause()), "no HTTP: " + decoded.cause().getMessage());
      return;
    }
    if (whenDone == null) {
      // A response without a request.
      context.close();
      return;
    }
    if (part instanceof HttpResponse head) {
      onHead(context, head);
    }
    if (part instanceof HttpContent content && response != null) {
      onContent(context, response, content);
    }
  }

  private static SuspensionCounter reason(Throwable cause) {
    return cause instanceof TooLongFrameException
        ? SuspensionCounter.HTTP_TOO_LARGE
        : SuspensionCounter.VERDICTS_MALFORMED;
  }

  private void onHead(ChannelHandlerContext context, HttpResponse head) {
    if (head.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
      response = head;
    } else if (++interim > MAX_INTERIM) {
      fail(
          context,
          SuspensionCounter.HTTP_STATUS,
          "more than " + MAX_INTERIM + " interim responses");
    }
  }

  private void onContent(ChannelHandlerContext context, HttpResponse head, HttpContent content) {
    ByteBuf bytes = content.content();
    if (bytes.readableBytes() > HttpOutcome.MAX_BODY - body.readableBytes()) {
      fail(
          context,
          SuspensionCounter.HTTP_TOO_LARGE,
          "longer than " + HttpOutcome.MAX_BODY + " bytes");
      return;
    }
    body.writeBytes(bytes);
    if (content instanceof LastHttpContent) {
      byte[] whole = new byte[body.readableBytes()];
      body.readBytes(whole);
      body.clear();
      if (body.capacity() > KEPT) {
        body.capacity(KEPT);
      }
      boolean keepAlive = HttpUtil.isKeepAlive(head);
      tell(
          HttpOutcome.of(
              head.status().code(), head.headers().get(HttpHeaderNames.CONTENT_TYPE), whole));
      if (keepAlive) {
        reusable.run();
      } else {
        context.close();
      }
    }
  }

  private void fail(ChannelHandlerContext context, SuspensionCounter reason, String detail) {
    tell(new Failed(reason, detail));
    context.close();
  }

  private void tell(HttpOutcome outcome) {
    Consumer<HttpOutcome> told = whenDone;
    whenDone = null;
    response = null;
    if (told != null) {
      told.accept(outcome);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    tell(new Failed(SuspensionCounter.HTTP_CLOSED, "closed before the answer"));
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    fail(context, SuspensionCounter.HTTP_CLOSED, detail(failure));
  }

  /** The exception's message, or its class if it has none. */
  static String detail(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
