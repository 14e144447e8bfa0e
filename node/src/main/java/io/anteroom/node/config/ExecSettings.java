// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * A program that operations run.
 *
 * @param command the program, and the arguments that precede those of the operation
 * @param processes maximum number of processes at once, 1 to {@value #MAX_PROCESSES}
 * @param maxOutput maximum size of each of standard output and standard error in bytes; more is an
 *     error. 1 to {@value #MAX_OUTPUT}
 */
public record ExecSettings(List<String> command, int processes, int maxOutput) {
  public static final int DEFAULT_PROCESSES = 4;
  public static final int MAX_PROCESSES = 256;
  public static final int DEFAULT_MAX_OUTPUT = 16 * 1024;
  public static final int MAX_OUTPUT = 64 * 1024;

  public ExecSettings {
    command = List.copyOf(command);
  }
}
