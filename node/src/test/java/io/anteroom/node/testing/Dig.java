// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Asks as {@code dig +notcp +tries=1} does: each question once, from a port of its own. */
public final class Dig {
  /** For how long an answer is waited for. */
  public static final Duration PATIENCE = Duration.ofMinutes(3);

  private Dig() {}

  /** Asks for the address of a name. */
  public static CompletableFuture<Message> ask(InetSocketAddress server, String name) {
    SimpleResolver resolver = new SimpleResolver(server);
    resolver.setTimeout(PATIENCE);
    try {
      Record question = Record.newRecord(Name.fromString(name, Name.root), Type.A, DClass.IN);
      return resolver.sendAsync(Message.newQuery(question)).toCompletableFuture();
    } catch (TextParseException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  /** Asks for the addresses of 0.NAME, 1.NAME and so on, all at once. */
  public static List<CompletableFuture<Message>> askMany(
      InetSocketAddress server, int questions, String name) {
    return IntStream.range(0, questions).mapToObj(i -> ask(server, i + "." + name)).toList();
  }

  /** The answer in one line: {@code NOERROR 192.0.2.1}, or {@code REFUSED EDE 15}. */
  public static String result(CompletableFuture<Message> asked) {
    try {
      return text(asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("no answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The answers, each in one line. */
  public static List<String> results(List<CompletableFuture<Message>> asked) {
    return asked.stream().map(Dig::result).toList();
  }

  private static String text(Message answer) {
    StringBuilder text = new StringBuilder(org.xbill.DNS.Rcode.string(answer.getRcode()));
    for (Record found : answer.getSection(Section.ANSWER)) {
      text.append(' ').append(found.rdataToString());
    }
    if (answer.getOPT() != null) {
      for (EDNSOption option : answer.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR)) {
        text.append(" EDE ").append(((ExtendedErrorCodeOption) option).getErrorCode());
      }
    }
    return text.toString();
  }
}
