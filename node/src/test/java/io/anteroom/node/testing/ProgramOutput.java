// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.util.List;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;

/**
 * Prints what the {@linkplain Program programs} of a test have printed, when the test fails. Use it
 * with {@code @ExtendWith}.
 */
public final class ProgramOutput
    implements AfterTestExecutionCallback, LifecycleMethodExecutionExceptionHandler {
  private static final int MAX_LINES = 400;

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      print(context);
    }
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    print(context);
    throw failure;
  }

  private static void print(ExtensionContext context) {
    StringBuilder text = new StringBuilder("\n" + context.getDisplayName() + " has failed\n");
    for (Program program : Program.open()) {
      List<String> lines = program.lines();
      int from = Math.max(0, lines.size() - MAX_LINES);
      text.append("--- process ").append(program.handle().pid()).append(", ");
      text.append(from == 0 ? "all that it printed:\n" : "the last lines that it printed:\n");
      lines.subList(from, lines.size()).forEach(line -> text.append(line).append('\n'));
    }
    System.err.println(text);
  }
}
