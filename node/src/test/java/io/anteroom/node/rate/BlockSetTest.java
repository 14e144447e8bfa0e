// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockSetTest {
  private static final long NOW = -3;

  private static Block block(Netmask clients) {
    return new Block(clients, BlockAction.DROP, "rule", "node:1", false, NOW + 1_000_000_000L);
  }

  private static BlockSet set(String... netmasks) {
    return new BlockSet(
        Arrays.stream(netmasks).map(Netmask::parse).map(BlockSetTest::block).toList());
  }

  private static Block find(BlockSet set, InetAddress client, long nanos) {
    return set.find(Netmask.high(client), Netmask.low(client), nanos);
  }

  private static Block find(BlockSet set, String client) {
    return find(set, Addresses.literal(client), NOW);
  }

  @Test
  void find_severalPrefixes_theLongestWins() {
    BlockSet set = set("10.0.0.0/8", "10.1.0.0/16", "10.1.1.1", "2001:db8::/56");
    assertThat(find(set, "10.1.1.1").clients()).hasToString("10.1.1.1");
    assertThat(find(set, "10.1.1.2").clients()).hasToString("10.1.0.0/16");
    assertThat(find(set, "10.2.1.1").clients()).hasToString("10.0.0.0/8");
    assertThat(find(set, "2001:db8:0:ff::1").clients()).hasToString("2001:db8::/56");
    assertThat(find(set, "11.0.0.1")).isNull();
    assertThat(find(set, "2001:db8:0:100::1")).isNull();
  }

  @Test
  void find_ended_isNone() {
    BlockSet set = set("10.0.0.1");
    assertThat(find(set, Addresses.literal("10.0.0.1"), NOW + 999_999_999L)).isNotNull();
    assertThat(find(set, Addresses.literal("10.0.0.1"), NOW + 1_000_000_000L)).isNull();
  }

  @Test
  void find_manyBlocks_asIfEachWereLookedAt() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      blocks.add(block(Netmask.around(address(random), 1 + random.nextInt(32), 64)));
    }
    BlockSet set = new BlockSet(blocks);
    for (int i = 0; i < 3000; i++) {
      InetAddress client = address(random);
      boolean expected = blocks.stream().anyMatch(block -> block.clients().contains(client));
      assertThat(find(set, client, NOW) != null)
          .as("%s, seed %d", client, seed)
          .isEqualTo(expected);
    }
  }

  /** From few networks, so that they meet. */
  private static InetAddress address(Random random) throws Exception {
    byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (0x20 + random.nextInt(2));
    }
    return InetAddress.getByAddress(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop", "refuse", "nxdomain", "truncate", "set-tag a=b=c", "set-tag a="})
  void text_writtenAndRead_isTheSameButForTheClock(String action) {
    Block block =
        new Block(
            Netmask.parse("2001:db8::/56"),
            BlockAction.parse(action),
            "too many: ü",
            "[::1]:7",
            true,
            NOW + 5_000_000_000L);
    Block read = BlockText.read("2001:db8::/56", BlockText.write(block, NOW), 100);
    assertThat(read)
        .isEqualTo(
            new Block(
                block.clients(),
                block.action(),
                block.reason(),
                block.node(),
                true,
                5_000_000_100L));
  }

  @Test
  void text_ofALaterVersion_isReadAsFarAsItIsKnown() {
    ByteString value =
        BlockText.write(block(Netmask.parse("10.0.0.1")), NOW)
            .concat(ByteString.fromString("\nmore"));
    assertThat(BlockText.read("10.0.0.1", value, NOW).reason()).isEqualTo("rule");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1\n2\n3",
        "1\nmany\nrule\nnode\ndrop\nreason",
        "1\n2\nrule\nnode\nexplode\nreason"
      })
  void text_ofNobody_isNone(String value) {
    assertThat(BlockText.read("10.0.0.1", ByteString.fromString(value), NOW)).isNull();
    assertThat(
            BlockText.read("10.0.0.1/8", BlockText.write(block(Netmask.parse("10.0.0.1")), NOW), 0))
        .isNull();
  }
}
