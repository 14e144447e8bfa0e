// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

final class TableMergeTest {
  @Test
  void nodeThatNeverMetTheCluster_bringsWhatTheClusterLacks_andTakesTheRest() {
    TableMerge merge = TableMerge.of(null, table("a=1", "b=1"), table("b=2", "c=2"));
    assertThat(merge.put()).isEqualTo(table("a=1"));
    assertThat(merge.removed()).isEmpty();
    assertThat(merge.taken()).isEqualTo(2);
  }

  @Test
  void whatWasDoneHereWhileApart_isDoneThereToo() {
    TableMerge merge =
        TableMerge.of(
            table("old=1", "gone=1"), table("old=2", "new=1"), table("old=1", "gone=1", "more=1"));
    assertThat(merge.put()).isEqualTo(table("old=2", "new=1"));
    assertThat(merge.removed()).isEqualTo(Set.of("gone"));
    assertThat(merge.taken()).isEqualTo(1);
  }

  @Test
  void whatWasTakenAwayThereMeanwhile_doesNotComeBack() {
    TableMerge merge = TableMerge.of(table("a=1", "b=1"), table("a=1", "b=1"), table("b=1"));
    assertThat(merge.put()).isEmpty();
    assertThat(merge.isWorthTelling()).isFalse();
  }

  @Test
  void whatBothHaveChanged_isAsTheClusterHasIt() {
    TableMerge merge = TableMerge.of(table("a=1", "b=1"), table("a=2"), table("a=3", "b=3"));
    assertThat(merge.put()).isEmpty();
    assertThat(merge.removed()).isEmpty();
  }

  @Test
  void clusterWithoutATable_takesAll() {
    TableMerge merge = TableMerge.of(table("a=1"), table("a=1", "b=1"), Map.of());
    assertThat(merge.put()).isEqualTo(table("a=1", "b=1"));
  }

  private static Map<String, ByteString> table(String... entries) {
    Map<String, ByteString> table = new HashMap<>();
    for (String entry : entries) {
      String[] parts = entry.split("=");
      table.put(parts[0], ByteString.fromString(parts[1]));
    }
    return table;
  }
}
