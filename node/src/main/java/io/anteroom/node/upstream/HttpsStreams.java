// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpScheme;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2FrameStreamEvent;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server over HTTPS (RFC 8484): POST requests on the streams of an HTTP/2 connection (RFC
 * 9113). On the event loop.
 *
 * <p>A response is an answer if its status is 200, its content type is that of DNS messages, and
 * its content is one message. Anything else is a failure of that query alone. Redirections are not
 * followed.
 */
final class HttpsStreams extends QueryStreams {
  private static final String DNS_MESSAGE = "application/dns-message";
  private static final String OK = "200";
  private static final int MAX_HEADERS = 8_192;
  private static final int MAX_CONTENT = 65_535;

  /** RFC 9113 section 6.5.2 recommends that servers allow no fewer. */
  private static final int STREAMS_BEFORE_SETTINGS = 100;

  private final NewStreams newStreams = new NewStreams();
  private final IdentityHashMap<Http2FrameStream, Stream> byHandle = new IdentityHashMap<>();
  private final String authority;
  private final String path;

  HttpsStreams(StreamConnection wire, ServerPool.Inbox pool, String authority, String path) {
    super(wire, pool, STREAMS_BEFORE_SETTINGS);
    this.authority = authority;
    this.path = path;
  }

  private static Http2FrameCodec newCodec() {
    Http2Settings settings =
        Http2Settings.defaultSettings().pushEnabled(false).maxHeaderListSize(MAX_HEADERS);
    return Http2FrameCodecBuilder.forClient()
        .initialSettings(settings)
        // A connection is closed when no one waits for its answers.
        .gracefulShutdownTimeoutMillis(0)
        .build();
  }

  /** The handlers of a connection, in this order. */
  List<ChannelHandler> handlers() {
    return List.of(newCodec(), newStreams, this);
  }

  @Override
  void open(ChannelHandlerContext to, Stream stream, ByteBuf query) {
    Http2FrameStream handle = newStreams.newStream();
    stream.handle = handle;
    byHandle.put(handle, stream);
    Http2Headers headers =
        new DefaultHttp2Headers(false)
            .method(HttpMethod.POST.asciiName())
            .scheme(HttpScheme.HTTPS.name())
            .authority(authority)
            .path(path)
            .set(HttpHeaderNames.ACCEPT, DNS_MESSAGE)
            .set(HttpHeaderNames.CONTENT_TYPE, DNS_MESSAGE)
            .setInt(HttpHeaderNames.CONTENT_LENGTH, query.readableBytes());
    ChannelFuture opened = to.write(new DefaultHttp2HeadersFrame(headers, false).stream(handle));
    to.write(new DefaultHttp2DataFrame(query, true).stream(handle));
    opened.addListener(
        done -> {
          if (!done.isSuccess() && to.channel().isActive()) {
            byHandle.remove(handle);
            stream.handle = null;
            closed();
            leave(UpstreamSocketHandler.causeOf(done.cause()));
            unprocessed(stream, "no stream could be opened");
          }
        });
  }

  @Override
  void reset(ChannelHandlerContext to, Stream stream) {
    if (stream.handle instanceof Http2FrameStream handle && byHandle.remove(handle) != null) {
      to.write(new DefaultHttp2ResetFrame(Http2Error.CANCEL).stream(handle));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext from, Object frame) {
    try {
      if (frame instanceof Http2SettingsFrame settings) {
        Long most = settings.settings().maxConcurrentStreams();
        if (most != null) {
          bound(most);
        }
      } else if (frame instanceof Http2GoAwayFrame goAway) {
        leave("the server ends the connection (GOAWAY, error code " + goAway.errorCode() + ")");
      } else if (frame instanceof Http2StreamFrame ofStream) {
        Stream stream = byHandle.get(ofStream.stream());
        if (stream != null) {
          read(from, ofStream, stream);
        }
      }
    } finally {
      ReferenceCountUtil.release(frame);
    }
  }

  private void read(ChannelHandlerContext from, Http2StreamFrame frame, Stream stream) {
    if (frame instanceof Http2HeadersFrame head) {
      onHeaders(head, stream);
    } else if (frame instanceof Http2DataFrame data) {
      onData(from, data, stream);
    } else if (frame instanceof Http2ResetFrame reset) {
      byHandle.remove(reset.stream());
      if (reset.errorCode() == Http2Error.REFUSED_STREAM.code()) {
        unprocessed(stream, "the server refused a stream");
      } else {
        fail(stream, "the server reset a stream, error code " + reset.errorCode());
      }
    }
  }

  private void onHeaders(Http2HeadersFrame frame, Stream stream) {
    if (!stream.hasHead) {
      String status = String.valueOf(frame.headers().status());
      if (status.startsWith("1") && !frame.isEndStream()) {
        return;
      }
      stream.hasHead = true;
      String flaw = flaw(status, frame.headers());
      if (flaw != null) {
        fail(stream, flaw);
        return;
      }
    }
    // What comes behind the content are trailers, which say nothing here.
    if (frame.isEndStream()) {
      end(stream);
    }
  }

  private static @Nullable String flaw(String status, Http2Headers headers) {
    if (!status.equals(OK)) {
      return "HTTP status " + shortened(status);
    }
    String type = String.valueOf(headers.get(HttpHeaderNames.CONTENT_TYPE));
    int parameters = type.indexOf(';');
    String essence = parameters < 0 ? type : type.substring(0, parameters);
    if (!essence.strip().toLowerCase(Locale.ROOT).equals(DNS_MESSAGE)) {
      return "the content is \"" + shortened(type) + "\" and no DNS message";
    }
    CharSequence encoding = headers.get(HttpHeaderNames.CONTENT_ENCODING);
    if (encoding != null) {
      return "the content is encoded: " + shortened(encoding.toString());
    }
    long length = headers.getLong(HttpHeaderNames.CONTENT_LENGTH, 0);
    return length > MAX_CONTENT ? "the answer is longer than a DNS message can be" : null;
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  private void onData(ChannelHandlerContext from, Http2DataFrame frame, Stream stream) {
    int consumed = frame.initialFlowControlledBytes();
    boolean more = append(stream, frame.content());
    if (consumed > 0) {
      from.write(new DefaultHttp2WindowUpdateFrame(consumed).stream(frame.stream()));
    }
    if (more && frame.isEndStream()) {
      end(stream);
    }
  }

  /** The server has ended its side of a stream. */
  private void end(Stream stream) {
    if (stream.handle instanceof Http2FrameStream handle) {
      byHandle.remove(handle);
    }
    finish(stream);
  }

  /**
   * A stream that closes while it is known here is one that GOAWAY has excluded. When the channel
   * ends, all streams close, but then the pool is told of that.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext from, Object event) {
    if (event instanceof Http2FrameStreamEvent change
        && change.stream().state() == Http2Stream.State.CLOSED
        && from.channel().isActive()) {
      Stream stream = byHandle.remove(change.stream());
      if (stream != null) {
        leave("the server ends the connection (GOAWAY)");
        unprocessed(stream, "the server did not begin with it (GOAWAY)");
      }
      closed();
    }
    from.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
    if (failure instanceof Http2FrameStreamException ofStream) {
      Stream stream = byHandle.get(ofStream.stream());
      if (stream != null) {
        fail(stream, UpstreamSocketHandler.causeOf(failure));
      }
    } else {
      from.fireExceptionCaught(failure);
    }
  }

  /** Gives streams, which only a handler of this kind can. */
  private static final class NewStreams extends Http2ChannelDuplexHandler {}
}
