// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.resolver.Reply;
import io.anteroom.node.resolver.Resolver;
import io.anteroom.node.resolver.ResolverException;
import io.anteroom.node.resolver.Status;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Looks names up in the DNS, with the stub resolver of this project.
 *
 * <p>Arguments: {@code name}, a domain name, which is absolute; {@code type}, a record type such as
 * {@code TXT}, by default {@code A}. Outputs: {@code rcode}, a number, which is 3 if there is no
 * such name; and {@code answers}, the records of the answer section, each with {@code name}, {@code
 * type}, {@code ttl} in seconds and {@code data} as in a zone file. Every answer of a server counts
 * as done, except that more answers than fit into a result are {@code REJECTED}.
 *
 * <p>The resolver has one event loop of its own with shared sockets, so a lookup takes no thread.
 */
public final class ResolveRunner implements OperationRunner {
  private final Resolver resolver;
  private final int capacity;
  private final AtomicInteger live = new AtomicInteger();

  /**
   * Creates a runner.
   *
   * @param pool servers, tries and sockets
   * @param capacity maximum number of lookups at once
   */
  public ResolveRunner(PoolSettings pool, int capacity) {
    this.resolver = Resolver.builder().channel(pool).build();
    this.capacity = capacity;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
    Message query;
    try {
      query = query(operation.arguments());
    } catch (IllegalArgumentException e) {
      return ended(done, ResultCode.INTERNAL, String.valueOf(e.getMessage()));
    }
    if (live.incrementAndGet() > capacity) {
      live.decrementAndGet();
      String why = "the limit of " + capacity + " lookups at once is reached";
      done.accept(OperationResult.failed(ResultCode.REJECTED, why));
      return NO_ROOM;
    }
    CompletableFuture<Reply> lookup = resolver.send(query);
    // Its end is seen before that of the lookup, so that there is room when the result is told.
    var unused =
        lookup
            .orTimeout(Math.max(0, timeLeft.toMillis()), TimeUnit.MILLISECONDS)
            .whenComplete(
                (reply, failure) -> {
                  live.decrementAndGet();
                  done.accept(failure == null ? result(reply) : failed(failure));
                });
    return () -> lookup.cancel(false);
  }

  private static Running ended(Consumer<OperationResult> done, ResultCode code, String why) {
    done.accept(OperationResult.failed(code, why));
    return () -> {};
  }

  /**
   * The query of an operation.
   *
   * @throws IllegalArgumentException if an argument is wrong
   */
  private static Message query(Map<String, @Nullable Object> arguments) {
    if (!(arguments.get("name") instanceof String name)) {
      throw new IllegalArgumentException("name must be text");
    }
    Object wanted = arguments.get("type");
    int type = wanted == null ? Type.A : wanted instanceof String text ? Type.value(text) : -1;
    if (type <= 0) {
      throw new IllegalArgumentException("type must be a record type such as \"TXT\"");
    }
    try {
      Message query = new Message();
      query.getHeader().setFlag(Flags.RD);
      query.addRecord(
          Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN), Section.QUESTION);
      return query;
    } catch (TextParseException e) {
      throw new IllegalArgumentException("name is no domain name: " + e.getMessage(), e);
    }
  }

  private static OperationResult result(Reply reply) {
    Message message = reply.message();
    List<Map<String, Object>> answers = new ArrayList<>();
    for (Record each : message.getSection(Section.ANSWER)) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("name", each.getName().toString());
      answer.put("type", Type.string(each.getType()));
      answer.put("ttl", each.getTTL());
      answer.put("data", each.rdataToString());
      answers.add(answer);
    }
    try {
      return done(message.getRcode(), answers);
    } catch (IllegalArgumentException e) {
      return OperationResult.failed(ResultCode.REJECTED, "the answer has " + e.getMessage());
    }
  }

  private static OperationResult done(int rcode, List<Map<String, Object>> answers) {
    return OperationResult.done(Map.of("rcode", (long) rcode, "answers", answers));
  }

  private static OperationResult failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ResolverException known) {
      return known.status() == Status.ENOTFOUND
          ? done(Rcode.NXDOMAIN, List.of())
          : OperationResult.failed(code(known.status()), String.valueOf(known.getMessage()));
    } else if (cause instanceof TimeoutException) {
      return OperationResult.failed(ResultCode.TIMEOUT, "no server answered in time");
    } else if (cause instanceof CancellationException) {
      return OperationResult.failed(ResultCode.CANCELLED, "nobody waits for it any more");
    }
    return OperationResult.failed(ResultCode.INTERNAL, cause.toString());
  }

  private static ResultCode code(Status status) {
    return switch (status) {
      case ETIMEOUT -> ResultCode.TIMEOUT;
      case ESERVICE -> ResultCode.REJECTED;
      case ECANCELLED, EDESTRUCTION -> ResultCode.CANCELLED;
      case EBADNAME, EBADQUERY -> ResultCode.INTERNAL;
      default -> ResultCode.REFUSED;
    };
  }

  @Override
  public void close() {
    resolver.close();
  }
}
