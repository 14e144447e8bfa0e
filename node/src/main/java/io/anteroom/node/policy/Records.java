// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Query;
import io.anteroom.node.lua.LuaFailure;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The records of an answer as policies see them. */
final class Records {
  private Records() {}

  /**
   * The answer section, in order: name, type, TTL in seconds, and data in presentation form. Empty
   * if there is no answer yet.
   */
  static List<Map<String, Object>> of(Query query) throws LuaFailure {
    byte[] answer = query.answer();
    if (answer == null) {
      return List.of();
    }
    try {
      return new Message(answer).getSection(Section.ANSWER).stream().map(Records::record).toList();
    } catch (IOException e) {
      throw LuaQuery.failure("the answer can't be read: " + e.getMessage());
    }
  }

  private static Map<String, Object> record(Record record) {
    return Map.of(
        "name", record.getName().toString(true),
        "type", Type.string(record.getType()),
        "ttl", record.getTTL(),
        "data", record.rdataToString());
  }
}
