// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.operations;

import com.sun.management.OperatingSystemMXBean;
import io.anteroom.node.config.SqlSettings;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.operation.SqlRunner;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many SQL operations a second a runner carries out, with pools of several sizes: as many as
 * the pool has connections are always in progress. The statement is the credit of one of 10,000
 * users. Takes the URLs of databases, which are to be empty.
 */
final class SqlRates {
  private static final int USERS = 10_000;
  private static final int WARM_SECONDS = 5;
  private static final int SECONDS = 5;
  private static final int ROUNDS = 3;
  private static final int[] POOLS = {4, 16};
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final OperationRunner runner;
  private final AtomicLong started = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final CountDownLatch stopped;
  private volatile boolean stopping;

  private SqlRates(OperationRunner runner) {
    this.runner = runner;
    stopped = new CountDownLatch(runner.capacity());
  }

  public static void main(String[] urls) throws InterruptedException {
    if (urls.length == 0) {
      System.err.println("usage: operations JDBC_URL...");
      System.exit(2);
    }
    System.out.printf("%d cores%n", Runtime.getRuntime().availableProcessors());
    for (String url : urls) {
      makeUsers(url);
      for (int round = 0; round < ROUNDS; round++) {
        for (int pool : POOLS) {
          measure(settings(url).withPool(pool));
        }
      }
    }
    System.exit(0);
  }

  private static void makeUsers(String url) {
    SqlRunner runner = new SqlRunner("setup", settings(url));
    carryOut(runner, "DROP TABLE IF EXISTS users");
    carryOut(runner, "CREATE TABLE users (uid VARCHAR(40) PRIMARY KEY, credit INT)");
    for (int i = 0; i < USERS; i++) {
      carryOut(runner, "INSERT INTO users VALUES (?, ?)", user(i), (long) i);
    }
    runner.close();
  }

  private static SqlSettings settings(String url) {
    return SqlSettings.of(url).withConnectTimeout(SqlSettings.MAX_CONNECT_TIMEOUT);
  }

  private static String user(long i) {
    return "user" + i % USERS;
  }

  private static Operation operation(String statement, Object... parameters) {
    return new Operation(Map.of("statement", statement, "parameters", List.of(parameters)));
  }

  private static void carryOut(SqlRunner runner, String statement, Object... parameters) {
    CompletableFuture<OperationResult> result = new CompletableFuture<>();
    runner.start(operation(statement, parameters), TIMEOUT, result::complete);
    if (result.join().code() != ResultCode.DONE) {
      throw new IllegalStateException(result.join().toString());
    }
  }

  private static void measure(SqlSettings settings) throws InterruptedException {
    SqlRunner runner = new SqlRunner("sql", settings);
    SqlRates load = new SqlRates(runner);
    for (int i = 0; i < settings.pool(); i++) {
      load.next();
    }
    TimeUnit.SECONDS.sleep(WARM_SECONDS);
    long doneBefore = load.done.get();
    long cpuBefore = cpuNanos();
    long begin = System.nanoTime();
    TimeUnit.SECONDS.sleep(SECONDS);
    double took = (System.nanoTime() - begin) / 1e9;
    double operations = load.done.get() - doneBefore;
    double cpuMicros = (cpuNanos() - cpuBefore) / 1e3;
    load.stopping = true;
    load.stopped.await();
    runner.close();
    System.out.printf(
        Locale.ROOT,
        "%s, pool of %d: %,.0f operations a second, %.0f us of CPU of this process each, failed %d%n",
        settings.place(),
        settings.pool(),
        operations / took,
        cpuMicros / operations,
        load.failed.get());
  }

  private void next() {
    String user = user(started.getAndIncrement() * 7919);
    Operation credit = operation("SELECT credit FROM users WHERE uid = ?", user);
    runner.start(credit, TIMEOUT, this::ended);
  }

  private void ended(OperationResult result) {
    (result.code() == ResultCode.DONE ? done : failed).incrementAndGet();
    if (stopping) {
      stopped.countDown();
    } else {
      next();
    }
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
