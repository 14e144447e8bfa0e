// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.protocol.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts between the values of operations and those of JDBC. */
final class SqlValues {
  private final int maxRows;
  private long size;

  private SqlValues(int maxRows) {
    this.maxRows = maxRows;
  }

  /**
   * Checks that all can be bound.
   *
   * @throws IllegalArgumentException if one is a list or a map
   */
  static void check(List<?> parameters) {
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i) instanceof List<?> || parameters.get(i) instanceof Map<?, ?>) {
        throw new IllegalArgumentException("parameter " + (i + 1) + " is no single value");
      }
    }
  }

  /** Binds values, which never become a part of the statement. */
  static void bind(PreparedStatement statement, List<?> parameters) throws SQLException {
    for (int i = 0; i < parameters.size(); i++) {
      Object value = parameters.get(i);
      if (value == null) {
        statement.setNull(i + 1, Types.NULL);
      } else if (value instanceof String text) {
        statement.setString(i + 1, text);
      } else if (value instanceof byte[] bytes) {
        statement.setBytes(i + 1, bytes);
      } else {
        statement.setObject(i + 1, value);
      }
    }
  }

  /**
   * Reads all rows. Columns are named by their labels in lower case, because databases differ in
   * what they make of names without quotes. Of two with the same name the first counts.
   *
   * @throws TooLarge if there are too many rows, or they can't be within the bounds of {@link
   *     Values}; nothing after that is read
   */
  static List<Map<String, @Nullable Object>> read(ResultSet result, int maxRows)
      throws SQLException, TooLarge {
    return new SqlValues(maxRows).rows(result);
  }

  private List<Map<String, @Nullable Object>> rows(ResultSet result) throws SQLException, TooLarge {
    List<String> names = names(result.getMetaData());
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    while (result.next()) {
      if (rows.size() == maxRows) {
        throw new TooLarge("more than " + maxRows + " rows");
      }
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        row.putIfAbsent(names.get(i), value(result, i + 1));
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<String> names(ResultSetMetaData columns) throws SQLException {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      names.add(columns.getColumnLabel(i).toLowerCase(Locale.ROOT));
    }
    return names;
  }

  private @Nullable Object value(ResultSet row, int column) throws SQLException, TooLarge {
    Object value = row.getObject(column);
    if (value instanceof BigDecimal number) {
      return number(number);
    } else if (value instanceof BigInteger number) {
      return number(new BigDecimal(number));
    } else if (value == null || value instanceof Boolean || value instanceof Number) {
      return value;
    } else if (value instanceof byte[] bytes) {
      count(bytes.length);
      return bytes;
    } else if (value instanceof Blob blob) {
      count(blob.length());
      return blob.getBytes(1, (int) blob.length());
    } else if (value instanceof Clob clob) {
      count(clob.length());
      return clob.getSubString(1, (int) clob.length());
    }
    String text = value instanceof String string ? string : row.getString(column);
    count(text.length());
    return text;
  }

  /** Whole numbers stay exact if they fit. */
  private static Object number(BigDecimal number) {
    try {
      return number.longValueExact();
    } catch (ArithmeticException e) {
      return number.doubleValue();
    }
  }

  private void count(long more) throws TooLarge {
    size += more;
    if (size > Values.MAX_BYTES) {
      throw new TooLarge("more than " + Values.MAX_BYTES + " bytes");
    }
  }
}
