// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.HttpSettings;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.http3.Http3Settings;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;

/**
 * DNS over HTTPS in HTTP/3 (RFC 8484, RFC 9114). The table of header fields (QPACK) stays empty: it
 * would be memory of each connection, and a request could wait for what fills it.
 */
final class Http3Streams implements QuicStreams {
  private static final Codes CODES =
      new Codes(
          Http3ErrorCode.H3_NO_ERROR.code(),
          Http3ErrorCode.H3_INTERNAL_ERROR.code(),
          Http3ErrorCode.H3_REQUEST_CANCELLED.code(),
          Http3ErrorCode.H3_GENERAL_PROTOCOL_ERROR.code(),
          Http3ErrorCode.H3_EXCESSIVE_LOAD.code());

  /** The control stream, those of QPACK, and a few of kinds that nobody knows (RFC 9114 6.2.3). */
  private static final int UNIDIRECTIONAL = 6;

  private static final int UNIDIRECTIONAL_WINDOW = 2 << 10;
  private static final int REQUEST_WINDOW = 16 << 10;

  private final HttpSettings settings;

  Http3Streams(HttpSettings settings) {
    this.settings = settings;
  }

  HttpSettings settings() {
    return settings;
  }

  @Override
  public String protocol() {
    return "h3";
  }

  @Override
  public Codes codes() {
    return CODES;
  }

  @Override
  public void limit(QuicServerCodecBuilder codec) {
    codec
        .initialMaxStreamsUnidirectional(UNIDIRECTIONAL)
        .initialMaxStreamDataUnidirectional(UNIDIRECTIONAL_WINDOW)
        .initialMaxStreamDataBidirectionalRemote(REQUEST_WINDOW);
  }

  @Override
  public void addTo(QuicConnection connection, ChannelPipeline pipeline) {
    Http3Settings said =
        new Http3Settings()
            .maxFieldSectionSize(settings.maxHeaderSize())
            .qpackMaxTableCapacity(0)
            .qpackBlockedStreams(0);
    pipeline.addLast(
        new Http3ServerConnectionHandler(
            requests(connection), null, null, new DefaultHttp3SettingsFrame(said), true));
  }

  /** Sends GOAWAY (RFC 9114 section 5.2), so that the client sends the next request elsewhere. */
  @Override
  public void stopTaking(QuicChannel connection, long firstRefused) {
    QuicStreamChannel control = Http3.getLocalControlStream(connection);
    if (control != null) {
      control.writeAndFlush(new DefaultHttp3GoAwayFrame(firstRefused));
    }
  }

  private ChannelHandler requests(QuicConnection connection) {
    return new ChannelInitializer<QuicStreamChannel>() {
      @Override
      protected void initChannel(QuicStreamChannel stream) {
        stream.pipeline().addLast(new Http3Request(connection, stream, Http3Streams.this));
      }
    };
  }

  @Override
  public boolean opened(QuicConnection connection, QuicStreamChannel stream) {
    return false;
  }
}
