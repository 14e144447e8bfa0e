// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.HashMap;
import java.util.Map;

/** The limits of tags, which are the same for verdicts and queries. */
final class Tags {
  private Tags() {}

  static Map<String, String> checked(Map<String, String> tags) {
    if (tags.isEmpty()) {
      return Map.of();
    }
    if (tags.size() > Verdict.MAX_TAGS) {
      throw new IllegalArgumentException("more than " + Verdict.MAX_TAGS + " tags");
    }
    tags.forEach(
        (name, value) -> {
          if (name.isEmpty()
              || name.length() > Verdict.MAX_TAG_LENGTH
              || value.length() > Verdict.MAX_TAG_LENGTH) {
            throw new IllegalArgumentException(
                "a tag's name has 1 to "
                    + Verdict.MAX_TAG_LENGTH
                    + " characters, its value at most"
                    + " as many");
          }
        });
    return Map.copyOf(tags);
  }

  static Map<String, String> with(Map<String, String> tags, String name, String value) {
    Map<String, String> more = new HashMap<>(tags);
    more.put(name, value);
    return more;
  }
}
