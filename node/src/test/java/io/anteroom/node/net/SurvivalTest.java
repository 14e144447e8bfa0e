// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.zone.FileWatch;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SurvivalTest {
  /** What the process meets, on a thread that watches files. */
  enum Failure {
    HEAP(true),
    WRAPPED(true),
    STACK(false);

    private final boolean ends;

    Failure(boolean ends) {
      this.ends = ends;
    }
  }

  @ParameterizedTest
  @EnumSource
  void process_endsAtOnce_withOneLine_ifMemoryHasRunOut_elseItGoesOn(Failure failure)
      throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                failure.name())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    List<String> lines = said.lines().toList();
    if (failure.ends) {
      assertThat(lines)
          .singleElement()
          .asString()
          .isEqualTo("anteroom: ends, because its memory has run out (java.lang.OutOfMemoryError)");
      assertThat(child.exitValue()).isEqualTo(Survival.OUT_OF_MEMORY);
    } else {
      assertThat(lines).containsExactly("went on");
      assertThat(child.exitValue()).isZero();
    }
  }

  @Test
  void nettysErrorOfDirectMemory_isOneOfMemory() {
    assertThat(OutOfMemoryError.class).isAssignableFrom(OutOfDirectMemoryError.class);
  }

  /** What runs in that process. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch looks = new CountDownLatch(3);
      Failure failure = Failure.valueOf(arguments[0]);
      FileWatch watch =
          FileWatch.start("watch", Duration.ofMillis(1), () -> look(failure, looks), e -> {});
      looks.await();
      watch.close();
      System.out.println("went on");
    }

    private static void look(Failure failure, CountDownLatch looks) {
      looks.countDown();
      switch (failure) {
        case HEAP -> throw new OutOfMemoryError("for a test");
        case WRAPPED -> throw new CompletionException(new OutOfMemoryError("for a test"));
        case STACK -> throw new StackOverflowError("for a test");
      }
    }
  }
}
