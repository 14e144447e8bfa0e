// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.rule.ListSettings.Format;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.zone.WrongFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists as they are in the world, and as nobody should be able to make them. */
final class ListReaderTest {
  @TempDir private Path directory;

  @Test
  void hostsList_asItsAuthorWritesIt_isReadWhole() throws Exception {
    ListReader.Content read =
        read(
            """
            # merged
            127.0.0.1 localhost
            127.0.0.1 localhost.localdomain
            255.255.255.255 broadcasthost
            ::1 localhost ip6-localhost ip6-loopback
            fe80::1%lo0 localhost
            ff02::1 ip6-allnodes
            ff02::16 some-routers
            0.0.0.0 0.0.0.0
            0.0.0.0 ads.example #[Tracking.Cookie]
            0.0.0.0\ttab.example\t# comment
            0.0.0.0 under_score.example
            0.0.0.0 UPPER.example
            0.0.0.0 -dash.example
            0.0.0.0 trailing.example.
            0.0.0.0 münchen.example
            """);

    assertThat(read.remarks()).isEmpty();
    assertThat(read.format()).isEqualTo(Format.HOSTS);
    assertThat(read.names().size()).isEqualTo(7);
    assertThat(listed(read, "xn--mnchen-3ya.example", "upper.example", "-dash.example")).isTrue();
    assertThat(isListed(read, "some-routers")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ufeff# a list\r\n0.0.0.0 one.example\r\n0.0.0.0 two.example\r\n",
        "\ufeffone.example\r\ntwo.example\r\n",
        "\ufeff||one.example^\r\n||two.example^\r\n",
        "\ufeff$TTL 60\r\n@ SOA a. b. 1 2 3 4 5\r\none.example CNAME .\r\ntwo.example CNAME .\r\n"
      })
  void byteOrderMarkAndCrLf_areFineInEachFormat(String text) throws Exception {
    ListReader.Content read = read(text);

    assertThat(read.remarks()).isEmpty();
    assertThat(listed(read, "one.example", "two.example")).isTrue();
    assertThat(read.names().size()).isEqualTo(2);
  }

  @Test
  void list_withAFewOddLines_isTaken_andTheFirstFiveAreTold() throws Exception {
    String good =
        IntStream.range(0, 100).mapToObj(i -> "n" + i + ".example\n").collect(Collectors.joining());
    String odd =
        """
        ://[2001:db8::1]
        http://url.example/path
        /banner\\d+/
        address=/x/0.0.0.0
        @@||x^
        ||y^$important
        192.0.2.1
        """;

    ListReader.Content read = read(good + odd + "last.example\n");

    assertThat(read.wrongLines()).isEqualTo(7);
    assertThat(read.names().size()).isEqualTo(101);
    assertThat(isListed(read, "last.example")).isTrue();
    assertThat(read.remarks()).singleElement().asString().contains("left out 7 of 108 lines");
    assertThat(read.remarks().get(0)).contains("names:101: ", "names:105: ");
    assertThat(read.remarks().get(0)).doesNotContain("names:106: ");
  }

  @Test
  void list_ofWhichTooMuchIsOdd_isRefused_byItsSetting() throws Exception {
    String nine = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";

    assertThat(read(nine + "not a name\n").wrongLines()).isEqualTo(1);
    assertThatThrownBy(() -> read(nine + "not a name\nneither nor\n"))
        .isInstanceOf(WrongFiles.class)
        .hasMessageContaining("can't read 2 of 11 lines, more than wrong-lines = 0.1 allows");
    Path file = write(nine + "not a name\n");
    ListSettings strict = new ListSettings(file, Format.AUTO, false, 1 << 20, 0, directory);
    assertThatThrownBy(() -> new ListReader(strict, included -> {}).read())
        .hasMessageContaining("names:10: \"not a name\" is no name of a host");
  }

  @ParameterizedTest
  @CsvSource({
    "bücher.example, xn--bcher-kva.example",
    "例え.テスト, xn--r8jz45g.xn--zckzah",
    "BÜCHER.example, xn--bcher-kva.example"
  })
  void nameInUnicode_isListedAsItIsAskedFor(String name, String asked) throws Exception {
    assertThat(isListed(read(name + "\n"), asked)).isTrue();
  }

  @Test
  void nameThatTwoStandardsReadDifferently_isNoneOfThem() {
    assertThatThrownBy(() -> read("straße.example\n")).hasMessageContaining("xn-- form");
  }

  @Test
  void adblockList_takesRulesForNames_andCountsTheOthers() throws Exception {
    ListReader.Content read =
        read(
            """
            ! Title: adblock style
            [Adblock Plus 2.0]
            # comment
            ||ads.example^
            ||limited.example^$third-party
            ||all.example^$all,document
            ||*.below.example^
            *.wild.example
            plain.example
            ://[2604:2dc0:100:4ed8::]
            http://url.example/path
            ||path.example/banner^
            ||192.0.2.1^
            /banner\\d+/
            example.com##.ad
            example.com#@#.ad
            -ad-banner.
            """);

    assertThat(read.format()).isEqualTo(Format.ADBLOCK);
    assertThat(read.wrongLines()).isZero();
    assertThat(read.remarks()).singleElement().asString().contains("left out 8 rules");
    assertThat(listed(read, "ads.example", "x.ads.example", "all.example")).isTrue();
    assertThat(listed(read, "x.below.example", "wild.example", "x.wild.example")).isTrue();
    assertThat(isListed(read, "plain.example")).isTrue();
    assertThat(isListed(read, "below.example")).isFalse();
    assertThat(isListed(read, "x.plain.example")).isFalse();
    assertThat(isListed(read, "limited.example")).isFalse();
    assertThat(isListed(read, "example.com")).isFalse();
  }

  @Test
  void adblockException_takesNamesOut_whereverItStands() throws Exception {
    ListReader.Content read =
        read(
            """
            @@||good.example^
            ||example^
            ||ads.good.example^
            ||bad.good.example^$important
            @@||but.bad.good.example^
            @@||last.bad.good.example^$important
            """);

    assertThat(listed(read, "example", "x.example", "bad.good.example")).isTrue();
    assertThat(isListed(read, "good.example")).isFalse();
    assertThat(isListed(read, "x.good.example")).isFalse();
    assertThat(isListed(read, "ads.good.example")).as("below an exception").isFalse();
    assertThat(isListed(read, "but.bad.good.example")).as("below an important rule").isTrue();
    assertThat(isListed(read, "last.bad.good.example")).isFalse();
  }

  @Test
  void policyZone_withoutSoaAndNs_isRead() throws Exception {
    ListReader.Content read =
        read(
            "; no SOA\nbad.example CNAME .\n*.bad.example CNAME .\nok.example CNAME RPZ-PASSTHRU.\n");

    assertThat(read.format()).isEqualTo(Format.RPZ);
    assertThat(word(read, "bad.example")).isEqualTo(NameList.Word.NXDOMAIN);
    assertThat(word(read, "x.bad.example")).isEqualTo(NameList.Word.NXDOMAIN);
    assertThat(word(read, "ok.example")).isEqualTo(NameList.Word.PASSTHRU);
    assertThat(read.names().soa()).isNull();
  }

  @Test
  void policyZone_foundByAuto_isOneForRules() throws Exception {
    ListFile list = new ListFile(ListSettings.of(write("x.example CNAME Rpz-Drop.\n"), directory));
    list.load();

    assertThat(list.isRpz()).isTrue();
    assertThat(list.names().word(list.names().find(WireName.parse("x.example"))))
        .isEqualTo(NameList.Word.DROP);
  }

  @Test
  void policyZone_withOneOddLineOfMany_isTaken() throws Exception {
    String good =
        IntStream.range(0, 50).mapToObj(i -> "n" + i + " CNAME .\n").collect(Collectors.joining());

    ListReader.Content read = read("$TTL 60\n@ SOA a. b. 1 2 3 4 5\nx CNAM .\n" + good);

    assertThat(read.names().size()).isEqualTo(50);
    assertThat(read.remarks()).singleElement().asString().contains("names:3: Invalid type");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "$GENERATE 1-2147483647 n$ CNAME . | $GENERATE would make more than 131072 records",
        "$GENERATE 1-131072 n$ CNAME .;$GENERATE 1-1 m$ CNAME . | $GENERATE would make more than",
        "$INCLUDE names | $INCLUDE names: the file includes itself",
        "$INCLUDE nowhere | $INCLUDE nowhere: no such file",
        "$INCLUDE /etc/passwd | $INCLUDE /etc/passwd: is not below",
        "$INCLUDE ../x | no such file",
        "$INCLUDE pipe | $INCLUDE pipe: is no regular file",
        "n ( CNAME | has a parenthesis that does not end",
      })
  @Timeout(30)
  void policyZone_thatAsksForTooMuch_isRefused(String lines, String message) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThatThrownBy(() -> read("$TTL 60\n" + lines.replace(";", "\n") + "\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void include_isDone_withItsOrigin_andCountsForTheFilesSize() throws Exception {
    Files.writeString(directory.resolve("more"), "$GENERATE 1-3 n$ CNAME .\nx CNAME .\n");
    String text = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n$INCLUDE more sub\n$INCLUDE more\n";

    ListReader.Content read = read(text);

    assertThat(listed(read, "n1.sub", "n3.sub", "x.sub", "n1", "x")).isTrue();
    Path file = write(text);
    ListSettings small = new ListSettings(file, Format.AUTO, false, 120, 0, directory);
    assertThatThrownBy(() -> new ListReader(small, included -> {}).read())
        .hasMessageContaining("max-bytes");
  }

  @Test
  void includes_tooManyOrTooDeep_areRefused() throws Exception {
    Files.writeString(directory.resolve("leaf"), "");
    assertThatThrownBy(() -> read("$TTL 60\n" + "$INCLUDE leaf\n".repeat(101)))
        .hasMessageContaining("is one of more than 100 files");
    for (int i = 0; i < 10; i++) {
      Files.writeString(directory.resolve("deep" + i), "$INCLUDE deep" + (i + 1) + "\n");
    }
    assertThatThrownBy(() -> read("$TTL 60\n$INCLUDE deep0\n"))
        .hasMessageContaining("is more than 8 files deep");
  }

  @Test
  void include_thatLeadsOutByALink_isRefused() throws Exception {
    Files.createSymbolicLink(directory.resolve("link"), Path.of("/etc/passwd"));

    assertThatThrownBy(() -> read("$TTL 60\n$INCLUDE link\n")).hasMessageContaining("is not below");
  }

  @Test
  void includedFile_thatChanges_isAChangeOfTheList() throws Exception {
    Path more = Files.writeString(directory.resolve("more"), "x CNAME .\n");
    ListFile list = new ListFile(ListSettings.of(write("$TTL 60\n$INCLUDE more\n"), directory));
    list.load();
    list.hasChanged();
    assertThat(list.hasChanged()).isFalse();

    Files.writeString(more, "other CNAME .\n");
    list.hasChanged();
    assertThat(list.hasChanged()).isTrue();
  }

  @Test
  @Timeout(30)
  void fileOfZeroBytes_isRefused_andNoneOfItIsKept() throws Exception {
    Path file = directory.resolve("names");
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 200; i++) {
        out.write(zeros);
      }
    }

    for (Format format : Format.values()) {
      ListSettings list = new ListSettings(file, format, false, 256 << 20, 0.1, directory);
      assertThatThrownBy(() -> new ListReader(list, included -> {}).read())
          .as(format.name())
          .hasMessageContaining("is longer than 64 KiB")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_000));
    }
  }

  private static boolean listed(ListReader.Content read, String... names) {
    return List.of(names).stream().allMatch(name -> isListed(read, name));
  }

  private static boolean isListed(ListReader.Content read, String name) {
    return read.names().contains(WireName.parse(name));
  }

  private static NameList.Word word(ListReader.Content read, String name) {
    return read.names().word(read.names().find(WireName.parse(name)));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("names"), text);
  }

  private ListReader.Content read(String text) throws IOException {
    ListSettings settings =
        new ListSettings(write(text), Format.AUTO, false, 1 << 20, 0.1, directory);
    return new ListReader(settings, included -> {}).read();
  }
}
