// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.config.SqlSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Pattern;

/**
 * Sees to it that no statement leaves a transaction open, in which the statements of other queries
 * would be caught. The text of a statement is checked for the author's sake, before it is sent: the
 * check knows only its first word. The connection is checked afterwards, which nothing evades.
 */
final class SqlTransactions {
  /** Words that can't do what their author wants if the next statement has another connection. */
  private static final Pattern OF_THE_CONNECTION =
      Pattern.compile(
          "(begin|start\\s+transaction|savepoint|release|commit|end|rollback|abort|set|reset)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /** What PostgreSQL's driver says, without asking the server, if a transaction is open. */
  private static final String ACTIVE_TRANSACTION = "25001";

  private SqlTransactions() {}

  /** Whether the first word of a statement concerns later statements on the same connection. */
  static boolean concernsOthers(String statement) {
    return OF_THE_CONNECTION.matcher(statement.substring(firstWord(statement))).matches();
  }

  /** The index after spaces, comments, and what may precede a statement without being one. */
  private static int firstWord(String text) {
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (text.startsWith("--", at) || text.startsWith("//", at)) {
        at = endOfLine(text, at);
      } else if (text.startsWith("/*", at)) {
        at = endOfComment(text, at);
      } else if (c == ';' || c == '(' || Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        at++;
      } else {
        return at;
      }
    }
    return at;
  }

  private static int endOfLine(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
      at++;
    }
    return at;
  }

  /** Comments nest, in both databases. */
  private static int endOfComment(String text, int from) {
    int depth = 0;
    int at = from;
    while (at < text.length()) {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        depth--;
        at += 2;
        if (depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return at;
  }

  /**
   * Whether a connection that began without a transaction has one now. Asks only the driver, except
   * of a server of H2: that driver does not know.
   */
  static boolean isOpen(Connection connection, SqlSettings settings) throws SQLException {
    if (settings.isPostgresql()) {
      return isOpenInPostgresql(connection);
    } else if (settings.isH2Server()) {
      try (Statement statement = connection.createStatement();
          ResultSet autocommit = statement.executeQuery("CALL AUTOCOMMIT()")) {
        return !autocommit.next() || !autocommit.getBoolean(1);
      }
    }
    // H2 in this process switches it off for as long as the transaction lasts.
    return !connection.getAutoCommit();
  }

  private static boolean isOpenInPostgresql(Connection connection) throws SQLException {
    try {
      // It is what it was, so that nothing is sent.
      connection.setReadOnly(connection.isReadOnly());
      return false;
    } catch (SQLException e) {
      if (ACTIVE_TRANSACTION.equals(e.getSQLState())) {
        return true;
      }
      throw e;
    }
  }
}
