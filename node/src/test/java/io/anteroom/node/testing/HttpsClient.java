// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A client of HTTP/2 with one connection. It sends the frames that a test says, good or bad, and
 * takes the next response that comes.
 */
public final class HttpsClient extends DnsClient {
  public static final String PATH = "/dns-query";
  public static final String TYPE = "application/dns-message";
  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;

  /** The status of a request that the node has no answer for. */
  public static final int NO_ANSWER = 502;

  private static final TlsHandshake HTTP2 = TlsHandshake.offering("h2");
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int HEADER = 9;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int ACK = 1;

  private final TcpClient stream;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final Map<Integer, Response> begun = new HashMap<>();
  private int next = 1;

  /** A response; its stream ended with a reset if that is not -1. */
  public static final class Response {
    private final int stream;
    private final Map<String, String> headers = new HashMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private long reset = -1;

    private Response(int stream) {
      this.stream = stream;
    }

    public int stream() {
      return stream;
    }

    public int status() {
      return Integer.parseInt(headers.getOrDefault(":status", "0"));
    }

    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    public byte[] body() {
      return body.toByteArray();
    }

    public long reset() {
      return reset;
    }
  }

  /** A frame as it is in the stream. */
  public record Frame(int type, int flags, int stream, byte[] payload) {}

  private HttpsClient(TcpClient stream, int window) {
    this.stream = stream;
    stream.sendRaw(PREFACE.getBytes(StandardCharsets.US_ASCII));
    frame(Http2FrameTypes.SETTINGS, 0, 0, setting(INITIAL_WINDOW_SIZE, window));
    frame(Http2FrameTypes.WINDOW_UPDATE, 0, 0, number(1 << 30));
  }

  /** Connects over TLS, and takes all that comes. */
  public static HttpsClient connect(InetSocketAddress server) {
    return connect("127.0.0.1", server);
  }

  /** The same, from a free port of this address. */
  public static HttpsClient connect(String from, InetSocketAddress server) {
    return over(TcpClient.tls(from, server, HTTP2));
  }

  /** The same behind a proxy, which sends these bytes first. */
  public static HttpsClient behind(byte[] first, String from, InetSocketAddress server) {
    return over(TcpClient.tlsBehind(first, from, server, HTTP2));
  }

  /** Speaks HTTP/2 over a connection. */
  public static HttpsClient over(TcpClient stream) {
    return new HttpsClient(stream, Integer.MAX_VALUE);
  }

  /** Connects over TLS, and takes so many bytes of each response. */
  public static HttpsClient withWindow(InetSocketAddress server, int window) {
    return new HttpsClient(TcpClient.tls("127.0.0.1", server, HTTP2), window);
  }

  /** What frames go over. */
  public TcpClient stream() {
    return stream;
  }

  /** The payload of a SETTINGS frame. */
  public static byte[] setting(int id, int value) {
    return ByteBuffer.allocate(6).putShort((short) id).putInt(value).array();
  }

  public static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  /** The bytes of a frame. */
  public static byte[] bytes(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(HEADER + payload.length)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  public void frame(int type, int flags, int stream, byte... payload) {
    this.stream.sendRaw(bytes(type, flags, stream, payload));
  }

  /** The header block of a request with these names and values, which must be sent in order. */
  public byte[] block(String method, String target, String... more) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    headers.method(method).scheme("https").path(target).authority("node.test");
    for (int i = 0; i < more.length; i += 2) {
      headers.add(more[i], more[i + 1]);
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(next, headers, block);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
    return ByteBufUtil.getBytes(block);
  }

  /** The number of the next stream. */
  public int nextStream() {
    int stream = next;
    next += 2;
    return stream;
  }

  /** Sends the head of a request; returns its stream. */
  public int head(boolean end, String method, String target, String... more) {
    byte[] block = block(method, target, more);
    int stream = nextStream();
    frame(Http2FrameTypes.HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block);
    return stream;
  }

  /** Sends a POST request in two frames; returns its stream. */
  public int post(String path, byte[] body) {
    byte[] block = block("POST", path, "content-type", TYPE, "content-length", "" + body.length);
    int stream = nextStream();
    byte[] head = bytes(Http2FrameTypes.HEADERS, END_HEADERS, stream, block);
    byte[] data = bytes(Http2FrameTypes.DATA, END_STREAM, stream, body);
    this.stream.sendRaw(ByteBuffer.allocate(head.length + data.length).put(head).put(data).array());
    return stream;
  }

  public int get(String target) {
    return head(true, "GET", target);
  }

  @Override
  public void send(byte[] message) {
    post(PATH, message);
  }

  /** The message of the next response that has one; those that say there is no answer are left. */
  @Override
  public byte[] receive() {
    Response response = response();
    while (response.status() == NO_ANSWER) {
      response = response();
    }
    assertThat(response.status()).as("status").isEqualTo(200);
    assertThat(response.header("content-type")).isEqualTo(TYPE);
    return response.body();
  }

  /** The next response that is complete, or whose stream is reset. */
  public Response response() {
    while (true) {
      Frame frame = frame();
      Response response = begun.computeIfAbsent(frame.stream, Response::new);
      switch (frame.type) {
        case Http2FrameTypes.HEADERS -> decode(response, frame.payload);
        case Http2FrameTypes.DATA -> response.body.writeBytes(frame.payload);
        case Http2FrameTypes.RST_STREAM -> response.reset = ByteBuffer.wrap(frame.payload).getInt();
        case Http2FrameTypes.GO_AWAY ->
            throw new AssertionError(
                "GOAWAY with error " + ByteBuffer.wrap(frame.payload).getInt(Integer.BYTES));
        default -> {
          continue;
        }
      }
      boolean ends = frame.type != Http2FrameTypes.RST_STREAM && (frame.flags & END_STREAM) != 0;
      if (ends || response.reset >= 0) {
        begun.remove(frame.stream);
        return response;
      }
    }
  }

  private void decode(Response response, byte[] block) {
    try {
      decoder
          .decodeHeaders(response.stream, Unpooled.wrappedBuffer(block))
          .forEach(e -> response.headers.put(e.getKey().toString(), e.getValue().toString()));
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The next frame. Settings are confirmed. */
  public Frame frame() {
    Frame frame = read();
    if (frame.type == Http2FrameTypes.SETTINGS && (frame.flags & ACK) == 0) {
      frame(Http2FrameTypes.SETTINGS, ACK, 0);
    }
    return frame;
  }

  private Frame read() {
    ByteBuffer header = ByteBuffer.wrap(stream.receiveRaw(HEADER));
    int first = header.getInt();
    int flags = header.get();
    int number = header.getInt();
    return new Frame(first & 0xff, flags, number, stream.receiveRaw(first >>> 8));
  }

  /** Reads until GOAWAY comes, and writes nothing; returns its error code. */
  public long goAway() {
    Frame frame = read();
    while (frame.type != Http2FrameTypes.GO_AWAY) {
      frame = read();
    }
    return ByteBuffer.wrap(frame.payload).getInt(Integer.BYTES);
  }

  @Override
  public void close() {
    stream.close();
  }
}
