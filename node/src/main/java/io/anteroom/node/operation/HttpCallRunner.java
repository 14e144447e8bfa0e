// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.anteroom.node.config.HttpCallSettings;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Calls a web service over HTTP/1.1. The arguments are {@code method} (GET, POST or PUT; GET if
 * missing), {@code path} below the configured URL, {@code query} and {@code headers} with names and
 * values, {@code body}, and {@code json}, which says that the answer is JSON. A body that is a list
 * or has names with values is sent as JSON.
 *
 * <p>The outputs are {@code status}, {@code type} (the Content-Type, or empty), and {@code body}:
 * text if it is UTF-8, else bytes. With {@code json} there is {@code json} instead, unless the
 * status is an error whose body is no JSON. Any status is a result; redirects are not followed.
 *
 * <p>No request has a thread. Two threads serve all of them, and one looks the server's name up, so
 * that a DNS that does not answer holds no other thread.
 */
public final class HttpCallRunner extends BoundedRunner {
  private static final int THREADS = 2;

  /** Less than what Java caches an address for, so that requests find it there. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final HttpCallSettings settings;
  private final HttpClient client;
  private final ThreadPoolExecutor lookups;
  private @Nullable CompletableFuture<?> lookup;
  private long lookedUpAtNanos;

  /**
   * Makes one that has no connection yet.
   *
   * @param name of the service, for the names of threads
   * @throws IllegalArgumentException if the file of the CA can't be read
   */
  public HttpCallRunner(String name, HttpCallSettings settings) {
    super(name, settings.maxRequests());
    this.settings = settings;
    lookups = threads("lookup", 1);
    client = client(settings, threads("http", THREADS));
  }

  /** Makes one that sends by this client. */
  HttpCallRunner(String name, HttpCallSettings settings, HttpClient client) {
    super(name, settings.maxRequests());
    this.settings = settings;
    lookups = threads("lookup", 1);
    this.client = client;
  }

  /** Its tasks don't block, and each request in progress has only a few. */
  private static HttpClient client(HttpCallSettings settings, Executor threads) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(settings.connectTimeout())
            .executor(threads);
    if (settings.ca() != null) {
      builder.sslContext(CaTls.trusting(settings.ca()));
    }
    return builder.build();
  }

  @Override
  Task prepare(Operation operation) {
    HttpCallRequest.Made made = HttpCallRequest.make(settings, operation);
    return new Call(made.request(), made.json());
  }

  /**
   * On JDK 21 and later the client closes its idle connections here. Before that it does so when
   * nothing refers to it any more, or when the server closes them.
   */
  @Override
  void release() throws InterruptedException {
    lookups.shutdownNow();
    if (client instanceof AutoCloseable closeable) {
      Thread closer = daemons("close").newThread(() -> close(closeable));
      closer.start();
      closer.join(1_000);
    }
  }

  private static void close(AutoCloseable client) {
    try {
      client.close();
    } catch (Exception e) {
      // Only the idle connections are left.
    }
  }

  /** Completes when the address of the server is known, with a failure if it has none. */
  private synchronized CompletableFuture<?> lookup() {
    boolean old =
        lookup == null
            || lookup.isCompletedExceptionally()
            || (lookup.isDone() && System.nanoTime() - lookedUpAtNanos > FRESH.toNanos());
    if (old) {
      lookup = CompletableFuture.runAsync(this::lookUp, lookups);
      lookedUpAtNanos = System.nanoTime();
    }
    return Objects.requireNonNull(lookup);
  }

  private void lookUp() {
    try {
      InetAddress.getByName(settings.url().getHost());
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }

  /** One request and its answer. */
  private final class Call extends Task {
    private final boolean json;
    private @Nullable HttpRequest request;
    private @Nullable CompletableFuture<HttpResponse<byte[]>> answer;
    private @Nullable BoundedBody body;

    private Call(HttpRequest request, boolean json) {
      this.request = request;
      this.json = json;
    }

    @Override
    void begin() {
      lookup().whenComplete((address, failure) -> sendOrEnd(failure));
    }

    /** What is thrown here nobody would see. */
    private void sendOrEnd(@Nullable Throwable noAddress) {
      try {
        send(noAddress);
      } catch (RuntimeException | Error e) {
        unexpected(e);
      }
    }

    private void send(@Nullable Throwable noAddress) {
      if (noAddress != null) {
        fail(ResultCode.REFUSED, "unknown host: " + settings.url().getHost());
        return;
      }
      CompletableFuture<HttpResponse<byte[]>> sent;
      synchronized (this) {
        // It is null if it has been stopped meanwhile.
        if (request == null) {
          return;
        }
        sent = client.sendAsync(request, this::receive);
        answer = sent;
      }
      sent.whenComplete(this::answered);
    }

    private synchronized BodySubscriber<byte[]> receive(ResponseInfo head) {
      body = new BoundedBody(settings.maxBody());
      if (isStopped()) {
        body.cancel(new CancellationException());
      } else if (announced(head) > settings.maxBody()) {
        body.cancel(new TooLarge("more than " + settings.maxBody() + " bytes"));
      }
      return body;
    }

    /** What is no number is left to the client to refuse. */
    private static long announced(ResponseInfo head) {
      try {
        return head.headers().firstValueAsLong("Content-Length").orElse(0);
      } catch (NumberFormatException e) {
        return 0;
      }
    }

    @Override
    void interrupt() {
      request = null;
      // Not here, because it calls back, and the monitor is held.
      timer().execute(this::abort);
    }

    private void abort() {
      CompletableFuture<?> sent;
      BoundedBody receiving;
      synchronized (this) {
        sent = answer;
        receiving = body;
      }
      if (sent == null) {
        fail(ResultCode.CANCELLED, "");
      } else {
        sent.cancel(true);
      }
      if (receiving != null) {
        receiving.cancel(new CancellationException());
      }
    }

    private void answered(@Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
      try {
        if (response == null) {
          failed(failure);
        } else {
          succeed(outputs(response));
        }
      } catch (JsonProcessingException e) {
        fail(ResultCode.REFUSED, "the answer is no JSON: " + e.getOriginalMessage());
      } catch (TooLarge e) {
        fail(ResultCode.REJECTED, "the answer has " + e.getMessage());
      } catch (RuntimeException | Error e) {
        unexpected(e);
      }
    }

    private Map<String, @Nullable Object> outputs(HttpResponse<byte[]> response)
        throws JsonProcessingException, TooLarge {
      Map<String, @Nullable Object> outputs = new HashMap<>();
      outputs.put("status", response.statusCode());
      outputs.put("type", response.headers().firstValue("Content-Type").orElse(""));
      if (!json) {
        outputs.put("body", Text.orBytes(response.body()));
        return outputs;
      }
      try {
        outputs.put("json", response.body().length == 0 ? null : JsonValues.read(response.body()));
      } catch (JsonProcessingException e) {
        if (response.statusCode() < 400) {
          throw e;
        }
        outputs.put("body", Text.orBytes(response.body()));
      }
      return outputs;
    }

    private void failed(@Nullable Throwable failure) {
      Throwable why = failure == null ? new IllegalStateException("no answer") : failure;
      while (why instanceof CompletionException && why.getCause() != null) {
        why = why.getCause();
      }
      String place = settings.url().getScheme() + "://" + settings.url().getRawAuthority();
      if (why instanceof HttpConnectTimeoutException) {
        fail(ResultCode.CONNECT_TIMEOUT, "no connection to " + place + " in time");
      } else if (why instanceof ConnectException) {
        fail(ResultCode.REFUSED, "can't connect to " + place);
      } else if (why instanceof TooLarge || why.getCause() instanceof TooLarge) {
        fail(ResultCode.REJECTED, "the answer has more than " + settings.maxBody() + " bytes");
      } else if (why instanceof IOException
          || why instanceof CancellationException
          // The client throws these for headers that it can't read.
          || why instanceof IllegalArgumentException) {
        fail(ResultCode.REFUSED, place + ": " + why.getMessage());
      } else {
        unexpected(why);
      }
    }
  }
}
