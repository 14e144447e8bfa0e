// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.config.GroupSettings.Decide;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings of a group of filter services; checks the members after all services have been
 * read.
 */
final class GroupReader {
  private GroupReader() {}

  /** The group settings of a service; null if it is not a group. */
  static @Nullable GroupSettings read(SettingsReader block) {
    if (!block.has("members")) {
      for (String key : List.of("decide", "quorum")) {
        if (block.has(key)) {
          block.error(key, "is for a group, which has members");
        }
      }
      return null;
    }
    List<String> members = block.list("members", List::of, name -> name);
    if (members.size() < 2 || members.size() > GroupSettings.MAX_MEMBERS) {
      block.error(
          "members",
          "must be 2 to %d filter services, not %d"
              .formatted(GroupSettings.MAX_MEMBERS, members.size()));
    }
    for (String key : List.of("connector", "breaker", "max-queued")) {
      if (block.has(key)) {
        block.error(key, "is for services that have instances; a group asks its members");
      }
    }
    Decide decide = block.word("decide", Decide.FIRST_REFUSAL);
    int most = Math.max(1, members.size());
    int majority = most / 2 + 1;
    if (block.has("quorum") && decide != Decide.QUORUM) {
      block.error("quorum", "is for decide = quorum");
    }
    return new GroupSettings(members, decide, block.integer("quorum", majority, 1, most));
  }

  /**
   * Reports members that can't be members: unknown services, groups, the group itself, duplicates.
   */
  static void check(Map<String, FilterSettings> filters, Map<String, SettingsReader> blocks) {
    filters.forEach(
        (name, filter) -> {
          GroupSettings group = filter.group();
          SettingsReader block = blocks.get(name);
          if (group != null && block != null) {
            check(name, group, filters, block);
          }
        });
  }

  private static void check(
      String name, GroupSettings group, Map<String, FilterSettings> filters, SettingsReader block) {
    Set<String> seen = new HashSet<>();
    for (String member : group.members()) {
      FilterSettings service = filters.get(member);
      if (member.equals(name)) {
        block.error("members", "a group can't be a member of itself");
      } else if (service == null) {
        block.error(
            "members",
            "no filter service is called \"%s\"%s"
                .formatted(member, Words.hint(member, filters.keySet())));
      } else if (service.group() != null) {
        block.error("members", member + " is a group itself, and groups can't have groups in them");
      } else if (service.operation() != null) {
        block.error("members", member + " is an operation, which gives no verdict to vote with");
      } else if (!seen.add(member)) {
        block.error("members", member + " is there twice");
      }
    }
  }
}
