// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The blocks and keys of HOCON text, found in one pass before the library parses it. The library
 * recurses for each block, so deeply nested text would overflow the stack. It also silently merges
 * or overrides a key that is set twice, and two blocks of a list without a comma between them. The
 * outline finds all three. Syntax errors are left to the library.
 *
 * <p>A key may be set again with a substitution, such as {@code address = ${?ADDRESS}}, or with
 * {@code +=}, because HOCON has these to change a value on purpose. Paths may also lead into the
 * same block: {@code a.b = 1, a.c = 2} sets nothing twice.
 *
 * <p>It takes linear time and does not recurse.
 */
final class Outline {
  /** The maximum nesting of blocks, lists and path elements. */
  static final int MAX_DEPTH = 64;

  private final HoconLexer lexer;
  private final ArrayDeque<Frame> frames = new ArrayDeque<>();
  private final List<Mistake> mistakes = new ArrayList<>();
  private final Map<String, Integer> includes = new HashMap<>();
  private int tooDeep;
  private int substitution;

  /**
   * Text that the library accepts, but that is certainly not intended.
   *
   * @param text the path, as in {@code rules.query[0].match.name}, and the error
   */
  record Mistake(int line, String text) {}

  /** The keys set in one block, over all places of the text that write to it. */
  private record Scope(String label, Map<List<String>, Integer> lines) {
    Scope(String label) {
      this(label, new HashMap<>());
    }
  }

  /** An open block or list. */
  private static final class Frame {
    final boolean isList;
    final int depth;
    final String label;
    Scope scope;
    final List<String> prefix;

    // For a block: the current key and its value.
    int keyFrom = -1;
    int keyLine;
    List<String> key = List.of();
    boolean inValue;
    boolean valueBegun;
    boolean isDeliberate;

    // For a list: its elements so far.
    int element = -1;
    boolean inElement;
    boolean afterBlock;

    Frame(boolean isList, int depth, String label, Scope scope, List<String> prefix) {
      this.isList = isList;
      this.depth = depth;
      this.label = label;
      this.scope = scope;
      this.prefix = prefix;
    }
  }

  private Outline(String text) {
    lexer = new HoconLexer(text);
  }

  /** Reads a text; for invalid HOCON, the outline is a guess. */
  static Outline of(String text) {
    Outline outline = new Outline(text);
    outline.read();
    return outline;
  }

  /** The line at which the text is deeper than {@link #MAX_DEPTH}; 0 if it never is. */
  int tooDeep() {
    return tooDeep;
  }

  /** Keys that are set twice, and blocks of a list that would be merged. */
  List<Mistake> mistakes() {
    return mistakes;
  }

  /** The line of the first substitution; 0 if there is none. */
  int substitution() {
    return substitution;
  }

  /** The line of an include; 0 if it is not known. */
  int lineOfInclude(String what) {
    return includes.getOrDefault(what, 0);
  }

  private void read() {
    Scope root = new Scope("");
    frames.push(new Frame(false, 0, "", root, List.of()));
    while (tooDeep == 0 && lexer.next()) {
      Frame frame = frames.element();
      if (lexer.token() == HoconLexer.Token.SUBSTITUTION && substitution == 0) {
        substitution = lexer.line();
      }
      if (frame.isList) {
        inList(frame);
      } else if (frame.inValue) {
        inValue(frame);
      } else {
        inKey(frame);
      }
    }
    while (tooDeep == 0 && !frames.isEmpty()) {
      close();
    }
  }

  private void inKey(Frame block) {
    switch (lexer.token()) {
      case OPEN_BLOCK -> {
        if (block.keyFrom >= 0) {
          beginValue(block);
          block.valueBegun = true;
        }
        openBlock(block);
      }
      case SEPARATOR, APPEND -> beginValue(block);
      case CLOSE_BLOCK, CLOSE_LIST -> close();
      case NEWLINE, COMMA -> block.keyFrom = -1;
      case OPEN_LIST -> openList(block);
      case QUOTED, UNQUOTED, SUBSTITUTION -> {
        if (block.keyFrom < 0 && lexer.isWord("include")) {
          include();
        } else if (block.keyFrom < 0) {
          block.keyFrom = lexer.from();
          block.keyLine = lexer.line();
        }
      }
    }
  }

  /** Reads an include, which ends with the line; its file is in quotation marks. */
  private void include() {
    int line = lexer.line();
    while (lexer.next() && lexer.token() != HoconLexer.Token.NEWLINE) {
      if (lexer.token() == HoconLexer.Token.QUOTED) {
        String quoted = lexer.text();
        includes.putIfAbsent(quoted.substring(1, Math.max(1, quoted.length() - 1)), line);
        return;
      }
    }
  }

  private void beginValue(Frame block) {
    String written = block.keyFrom < 0 ? "" : lexer.text(block.keyFrom, lexer.from()).strip();
    block.inValue = true;
    block.valueBegun = false;
    block.isDeliberate = lexer.token() == HoconLexer.Token.APPEND;
    if (written.chars().filter(c -> c == '.').count() > MAX_DEPTH) {
      tooDeep = lexer.line();
      return;
    }
    try {
      block.key = ConfigUtil.splitPath(written);
    } catch (ConfigException e) {
      // The library will report the error.
      block.key = List.of(written);
    }
  }

  private void inValue(Frame block) {
    switch (lexer.token()) {
      case OPEN_BLOCK -> {
        block.valueBegun = true;
        openBlock(block);
      }
      case OPEN_LIST -> {
        block.valueBegun = true;
        openList(block);
      }
      case CLOSE_BLOCK, CLOSE_LIST -> close();
      case COMMA -> endValue(block);
      case NEWLINE -> {
        if (block.valueBegun) {
          endValue(block);
        }
      }
      case SUBSTITUTION -> {
        block.valueBegun = true;
        block.isDeliberate = true;
      }
      case QUOTED, UNQUOTED, SEPARATOR, APPEND -> block.valueBegun = true;
    }
  }

  private void endValue(Frame block) {
    if (block.inValue) {
      List<String> path = joined(block.prefix, block.key);
      Integer first = block.scope.lines().putIfAbsent(path, block.keyLine);
      if (first != null && !block.isDeliberate) {
        String what = label(block.scope.label(), path) + ": is set in line %d already";
        mistakes.add(new Mistake(block.keyLine, what.formatted(first)));
      }
    }
    block.inValue = false;
    block.keyFrom = -1;
    block.key = List.of();
  }

  private void inList(Frame list) {
    switch (lexer.token()) {
      case OPEN_BLOCK -> {
        if (list.inElement && list.afterBlock) {
          String what = ": a comma or a new line is missing before another block";
          mistakes.add(new Mistake(lexer.line(), list.scope.label() + what));
          list.inElement = false;
        }
        beginElement(list);
        list.afterBlock = true;
        openBlock(list);
      }
      case OPEN_LIST -> {
        beginElement(list);
        openList(list);
      }
      case CLOSE_BLOCK, CLOSE_LIST -> close();
      case NEWLINE, COMMA -> list.inElement = false;
      default -> beginElement(list);
    }
  }

  /** The library would join adjacent values without a comma into one element. */
  private static void beginElement(Frame list) {
    if (!list.inElement) {
      list.inElement = true;
      list.afterBlock = false;
      list.element++;
      list.scope = new Scope(list.label + "[" + list.element + "]");
    }
  }

  private void openBlock(Frame in) {
    List<String> prefix = in.isList ? List.of() : joined(in.prefix, in.key);
    push(new Frame(false, in.depth + Math.max(1, in.key.size()), in.label, in.scope, prefix));
  }

  private void openList(Frame in) {
    String label =
        in.isList ? in.scope.label() : label(in.scope.label(), joined(in.prefix, in.key));
    push(new Frame(true, in.depth + Math.max(1, in.key.size()), label, in.scope, List.of()));
  }

  private void push(Frame frame) {
    if (frame.depth > MAX_DEPTH) {
      tooDeep = lexer.line();
    } else {
      frames.push(frame);
    }
  }

  private void close() {
    if (!frames.element().isList) {
      endValue(frames.element());
    }
    if (frames.size() > 1 || !lexer.isMore()) {
      frames.pop();
    }
  }

  private static List<String> joined(List<String> prefix, List<String> key) {
    List<String> path = new ArrayList<>(prefix);
    path.addAll(key);
    return path;
  }

  private static String label(String scope, List<String> path) {
    String key = String.join(".", path);
    return scope.isEmpty() || key.isEmpty() ? scope + key : scope + "." + key;
  }
}
