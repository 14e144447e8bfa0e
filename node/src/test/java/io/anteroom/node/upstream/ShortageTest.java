// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Shortage;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that has no file descriptor left, and asks a server all the same. */
final class ShortageTest {
  @Test
  void process_withoutDescriptors_asksOverOpenSockets_orFailsAtOnce_andComesBack(
      @TempDir Path directory) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path output = directory.resolve("output");
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 512 && exec \"$@\"",
                "sh",
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = child.waitFor(1, TimeUnit.MINUTES);
    child.destroyForcibly();
    String said = Files.readString(output);
    assertThat(ended).as(said).isTrue();
    assertThat(said.lines().filter(line -> line.startsWith(Child.MARK)))
        .as(said)
        .containsExactly(
            Child.MARK + "before: [answered]",
            Child.MARK + "over the open socket: [answered]",
            Child.MARK + "without any socket: [OVERLOAD]",
            Child.MARK + "blamed: 0",
            Child.MARK + "afterwards: answered");
    assertThat(said).contains("a rehearsal").doesNotContain("Exception");
  }

  /** What runs in that process. */
  static final class Child {
    static final String MARK = "> ";

    private Child() {}

    public static void main(String[] arguments) throws IOException {
      // A class that is not in a jar takes a descriptor to be loaded.
      Shortage.tell(Addresses.text(new InetSocketAddress(1)), new IOException("a rehearsal"));
      Counters<Counter> counters = new Counters<>(Counter.class);
      EventLoops loops = new EventLoops(1);
      try (ScriptedServer server = ScriptedServer.start(Asked::answer)) {
        PoolSettings settings = PoolRig.settings(Duration.ofSeconds(5), server);
        EventLoopPool open = new EventLoopPool(settings, loops.get(0), counters, new Random());
        EventLoopPool fresh = new EventLoopPool(settings, loops.get(0), counters, new Random());
        say("before: " + ask(open, 1));
        List<FileInputStream> taken = takeAll();
        say("over the open socket: " + ask(open, 100));
        say("without any socket: " + ask(fresh, 100));
        say("blamed: " + counters.get(Counter.UPSTREAM_NETWORK));
        for (FileInputStream file : taken) {
          file.close();
        }
        String last = "";
        while (!last.equals("answered")) {
          last = ask(fresh, 1).get(0);
        }
        say("afterwards: " + last);
      }
      System.exit(0);
    }

    private static void say(String what) {
      System.out.println(MARK + what);
    }

    private static List<FileInputStream> takeAll() {
      List<FileInputStream> taken = new ArrayList<>();
      try {
        while (true) {
          taken.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException e) {
        return taken;
      }
    }

    /** Each different thing that came of so many queries, one after the other. */
    private static List<String> ask(EventLoopPool pool, int queries) {
      List<String> results = new ArrayList<>();
      for (int i = 0; i < queries; i++) {
        Once pending = new Once(PoolRig.query(i, "q" + i + ".example").wire());
        pool.ask(pending, System.nanoTime() + Duration.ofSeconds(20).toNanos());
        results.add(pending.result.join());
      }
      return results.stream().distinct().toList();
    }
  }

  private static final class Once extends PendingRequest {
    private final CompletableFuture<String> result = new CompletableFuture<>();

    Once(WireQuery query) {
      super(query);
    }

    @Override
    protected void answered(WireAnswer answer) {
      result.complete("answered");
    }

    @Override
    protected void unanswered(Unanswered.Reason reason) {
      result.complete(reason.name());
    }
  }
}
