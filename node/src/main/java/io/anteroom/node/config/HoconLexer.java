// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

/**
 * Splits HOCON text into the tokens of its structure. Spaces and comments are skipped; a quoted
 * string, and an unquoted word, is one token. Follows the rules of the library, whose own lexer is
 * not public.
 */
final class HoconLexer {
  /** Characters that end an unquoted word, besides spaces and comments. */
  private static final String NOT_IN_WORDS = "$\"{}[]:=,+#`^?!@*&\\";

  private static final String TRIPLE = "\"\"\"";

  private final String text;
  private int at;
  private int newlines;
  private Token token = Token.NEWLINE;
  private int from;
  private int line = 1;

  /** The kinds of tokens. */
  enum Token {
    OPEN_BLOCK,
    CLOSE_BLOCK,
    OPEN_LIST,
    CLOSE_LIST,
    /** {@code =} or {@code :}. */
    SEPARATOR,
    /** {@code +=}. */
    APPEND,
    COMMA,
    NEWLINE,
    QUOTED,
    UNQUOTED,
    /** <code>${...}</code>. */
    SUBSTITUTION
  }

  HoconLexer(String text) {
    this.text = text;
  }

  /** Advances to the next token; false at the end. */
  boolean next() {
    skipSpaceAndComment();
    from = at;
    line = 1 + newlines;
    if (!isMore()) {
      return false;
    }
    char c = text.charAt(at);
    token =
        switch (c) {
          case '{' -> one(Token.OPEN_BLOCK);
          case '}' -> one(Token.CLOSE_BLOCK);
          case '[' -> one(Token.OPEN_LIST);
          case ']' -> one(Token.CLOSE_LIST);
          case ',' -> one(Token.COMMA);
          case '=', ':' -> one(Token.SEPARATOR);
          case '\n' -> newline();
          case '"' -> quoted();
          case '$' -> dollar();
          case '+' -> text.startsWith("+=", at) ? two(Token.APPEND) : one(Token.UNQUOTED);
          default -> word();
        };
    return true;
  }

  /** Whether there is more text. */
  boolean isMore() {
    return at < text.length();
  }

  Token token() {
    return token;
  }

  /** The line of the token's start, from 1. */
  int line() {
    return line;
  }

  /** The offset of the token's start. */
  int from() {
    return from;
  }

  /** The token as written. */
  String text() {
    return text.substring(from, at);
  }

  /** A part of the text. */
  String text(int begin, int end) {
    return text.substring(begin, end);
  }

  /** Whether the token is this unquoted word. */
  boolean isWord(String word) {
    return token == Token.UNQUOTED && at - from == word.length() && text.startsWith(word, from);
  }

  private Token one(Token which) {
    at++;
    return which;
  }

  private Token two(Token which) {
    at += 2;
    return which;
  }

  private Token newline() {
    newlines++;
    return one(Token.NEWLINE);
  }

  private void skipSpaceAndComment() {
    while (isMore()) {
      char c = text.charAt(at);
      if (c != '\n' && isSpace(c)) {
        at++;
      } else if (isComment()) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else {
        return;
      }
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF';
  }

  private boolean isComment() {
    return text.charAt(at) == '#' || text.startsWith("//", at);
  }

  private Token quoted() {
    if (text.startsWith(TRIPLE, at)) {
      int end = text.indexOf(TRIPLE, at + TRIPLE.length());
      int stop = end < 0 ? text.length() : end + TRIPLE.length();
      // Additional quotation marks at the end belong to the string.
      while (stop < text.length() && text.charAt(stop) == '"') {
        stop++;
      }
      for (; at < stop; at++) {
        newlines += text.charAt(at) == '\n' ? 1 : 0;
      }
      return Token.QUOTED;
    }
    at++;
    while (isMore() && text.charAt(at) != '"' && text.charAt(at) != '\n') {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    at = Math.min(text.length(), isMore() && text.charAt(at) == '"' ? at + 1 : at);
    return Token.QUOTED;
  }

  private Token dollar() {
    at++;
    if (!text.startsWith("{", at)) {
      return Token.UNQUOTED;
    }
    while (isMore() && text.charAt(at) != '}' && text.charAt(at) != '\n') {
      if (text.charAt(at) == '"') {
        var unused = quoted();
      } else {
        at++;
      }
    }
    at += isMore() && text.charAt(at) == '}' ? 1 : 0;
    return Token.SUBSTITUTION;
  }

  private Token word() {
    do {
      at++;
    } while (isMore()
        && !isSpace(text.charAt(at))
        && NOT_IN_WORDS.indexOf(text.charAt(at)) < 0
        && !isComment());
    return Token.UNQUOTED;
  }
}
