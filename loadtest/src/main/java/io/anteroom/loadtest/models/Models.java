// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * Compares the models: so many queries are always outstanding, and each that ends makes way for the
 * next. Says how many are answered in a second and in a CPU-second of this process, which is the
 * forwarding alone; the server is a process of its own.
 */
final class Models {
  private static final Map<String, Model.Maker> ALL = new LinkedHashMap<>();

  static {
    ALL.put("thread per query", ThreadPerQuery::new);
    ALL.put("parked threads", ParkedThreads::new);
    ALL.put("callbacks", Callbacks::new);
  }

  private final InetSocketAddress server;
  private final int outstanding;

  private Models(InetSocketAddress server, int outstanding) {
    this.server = server;
    this.outstanding = outstanding;
  }

  /** What a round found. */
  private record Result(double perSecond, double perCpuSecond, long lost) {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int seconds = number(arguments, "-l", 5);
    int warm = number(arguments, "-w", 3);
    int rounds = number(arguments, "-r", 3);
    int outstanding = number(arguments, "-q", 200);
    int port = number(arguments, "-p", 0);
    Process responder = port == 0 ? startResponder() : null;
    try {
      int to = responder == null ? port : portOf(responder);
      Models models =
          new Models(new InetSocketAddress(InetAddress.getLoopbackAddress(), to), outstanding);
      System.out.printf(
          Locale.ROOT,
          "%d cores, %d queries outstanding, %d s each after %d s of warm-up, %d rounds%n",
          Runtime.getRuntime().availableProcessors(),
          outstanding,
          seconds,
          warm,
          rounds);
      models.compare(warm, seconds, rounds);
    } finally {
      if (responder != null) {
        responder.destroy();
      }
    }
  }

  private static int number(String[] arguments, String option, int otherwise) {
    int found = otherwise;
    for (int i = 0; i < arguments.length; i += 2) {
      boolean known = List.of("-l", "-w", "-r", "-q", "-p").contains(arguments[i]);
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      if (!known || !value.matches("[0-9]{1,5}")) {
        System.err.println(
            "usage: models [-l SECONDS] [-w SECONDS] [-r ROUNDS] [-q OUTSTANDING] [-p PORT]");
        System.exit(2);
      }
      if (arguments[i].equals(option)) {
        found = Integer.parseInt(value);
      }
    }
    return found;
  }

  private static Process startResponder() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Responder.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static int portOf(Process responder) throws IOException {
    BufferedReader output = responder.inputReader(StandardCharsets.US_ASCII);
    return Integer.parseInt(output.readLine());
  }

  /** In turns, so that a busy machine is unfair to all of them alike. */
  private void compare(int warm, int seconds, int rounds) throws IOException, InterruptedException {
    Map<String, List<Result>> results = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Model.Maker> model : ALL.entrySet()) {
        Result result = measure(model.getValue(), warm, seconds);
        results.computeIfAbsent(model.getKey(), name -> new ArrayList<>()).add(result);
        System.out.printf(
            Locale.ROOT,
            "%-17s %,8.0f queries a second, %,8.0f in a CPU-second, lost %d%n",
            model.getKey(),
            result.perSecond(),
            result.perCpuSecond(),
            result.lost());
      }
    }
    ratio(results, "parked threads", "thread per query");
    ratio(results, "callbacks", "parked threads");
    ratio(results, "callbacks", "thread per query");
  }

  /** Of the medians. */
  private static void ratio(Map<String, List<Result>> results, String a, String b) {
    System.out.printf(
        Locale.ROOT,
        "%s to %s: %.2f a second, %.2f in a CPU-second%n",
        a,
        b,
        median(results, a, Result::perSecond) / median(results, b, Result::perSecond),
        median(results, a, Result::perCpuSecond) / median(results, b, Result::perCpuSecond));
  }

  private static double median(
      Map<String, List<Result>> results, String model, ToDoubleFunction<Result> figure) {
    double[] sorted =
        results.getOrDefault(model, List.of()).stream().mapToDouble(figure).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private Result measure(Model.Maker maker, int warm, int seconds)
      throws IOException, InterruptedException {
    try (Model model = maker.make(server, outstanding)) {
      Load load = new Load(model);
      load.start(outstanding);
      TimeUnit.SECONDS.sleep(warm);
      long answered = load.answered.get();
      long lost = load.lost.get();
      long cpu = cpuNanos();
      long begin = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      double took = (System.nanoTime() - begin) / 1e9;
      double used = (cpuNanos() - cpu) / 1e9;
      long done = load.answered.get() - answered;
      long gone = load.lost.get() - lost;
      load.stop();
      return new Result(done / took, done / used, gone);
    }
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Clients, each of which asks again as soon as it is answered. */
  private static final class Load {
    private final Model model;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private volatile boolean stopped;
    private CountDownLatch running = new CountDownLatch(0);

    private Load(Model model) {
      this.model = model;
    }

    private void start(int clients) {
      running = new CountDownLatch(clients);
      for (int i = 0; i < clients; i++) {
        next();
      }
    }

    private void next() {
      model.forward(Query.numbered(numbers.getAndIncrement()), this::ended);
    }

    private void ended(boolean wasAnswered) {
      (wasAnswered ? answered : lost).incrementAndGet();
      if (stopped) {
        running.countDown();
      } else {
        next();
      }
    }

    private void stop() throws InterruptedException {
      stopped = true;
      if (!running.await(10, TimeUnit.SECONDS)) {
        throw new UncheckedIOException(new IOException("queries that never end"));
      }
    }
  }
}
