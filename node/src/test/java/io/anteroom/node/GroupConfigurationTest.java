// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.config.GroupSettings.Decide;
import io.anteroom.node.config.InvalidConfiguration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says about groups of filters. */
class GroupConfigurationTest {
  private static final String MEMBERS =
      """
      filters.a.async-id = 1
      filters.b.async-id = 2
      filters.c.async-id = 3
      filters.other { async-id = 8, members = [a, b] }
      """;

  @Test
  void group_decidesAtTheFirstRefusal_orWhenAllHaveVoted_orByQuorum() throws Exception {
    assertThat(group("members = [a, b]"))
        .isEqualTo(new GroupSettings(List.of("a", "b"), Decide.FIRST_REFUSAL, 2));
    assertThat(group("members = [c, a, b], decide = all").decide()).isEqualTo(Decide.ALL);
    assertThat(group("members = [c, a, b], decide = quorum"))
        .isEqualTo(new GroupSettings(List.of("c", "a", "b"), Decide.QUORUM, 2));
    assertThat(group("members = [c, a, b], decide = quorum, quorum = 3").quorum()).isEqualTo(3);
  }

  @Test
  void group_hasNoBreaker_andAServiceIsNoGroup() throws Exception {
    assertThat(filter("members = [a, b]").breaker()).isNull();
    assertThat(filter("timeout = 1s").group()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "members = []                        | guard.members: must be 2 to 16 filter services",
        "members = [a]                       | guard.members: must be 2 to 16 filter services, not 1",
        "members = [a, guard]                | guard.members: a group can't be a member of itself",
        "members = [a, other]                | guard.members: other is a group itself",
        "members = [a, a]                    | guard.members: a is there twice",
        "members = [a, bb]                   | no filter service is called \"bb\"; did you mean \"b\"",
        "members = [a, b], decide = most     | guard.decide: unknown: \"most\"",
        "members = [a, b], decide = quorum, quorum = 3 | guard.quorum: must be 1 to 2, not 3",
        "members = [a, b], quorum = 2        | guard.quorum: is for decide = quorum",
        "members = [a, b], breaker = off     | guard.breaker: is for services that have instances",
        "members = [a, b], max-queued = 1    | guard.max-queued: is for services that have",
        "members = [a, b], connector { transport = udp, send-to = \"127.0.0.1:1\" } | guard.connector: is",
        "decide = all                        | guard.decide: is for a group, which has members",
        "quorum = 1                          | guard.quorum: is for a group, which has members"
      })
  void wrongGroup_isRefused_withTheLine(String settings, String reason) {
    assertThatThrownBy(() -> filter(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("6: ");
  }

  @Test
  void twoGroupsThatContainEachOther_areRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    """
                    anteroom {
                      filters.a.async-id = 1
                      filters.x { async-id = 2, members = [a, y] }
                      filters.y { async-id = 3, members = [a, x] }
                    }
                    """))
        .hasMessageContaining("filters.x.members: y is a group itself")
        .hasMessageContaining("filters.y.members: x is a group itself");
  }

  @Test
  void embeddedFilter_ofAGroup_isRefused() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    "anteroom {\n"
                        + MEMBERS
                        + "filters.blocklist { async-id = 9, members = [a, b] }\n"
                        + "embedded-blocklist = on }"))
        .hasMessageContaining("embedded-blocklist: needs filters.blocklist");
  }

  private static GroupSettings group(String settings) throws InvalidConfiguration {
    return filter(settings).group();
  }

  private static FilterSettings filter(String settings) throws InvalidConfiguration {
    String text = "anteroom {\n" + MEMBERS + "filters.guard { async-id = 9, " + settings + " }\n}";
    return NodeConfiguration.parse(text).settings().filters().get("guard");
  }
}
