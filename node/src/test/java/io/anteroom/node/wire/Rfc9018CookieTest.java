// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.wire.ServerCookies.Cookie;
import io.anteroom.node.wire.ServerCookies.State;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Type;

/** The test vectors of RFC 9018 appendix A, and the times of section 4.3. */
class Rfc9018CookieTest {
  private static final int COOKIE = 10;
  private static final String CLIENT = "2464c4abcf10c957";
  private static final String SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";
  private static final InetAddress ADDRESS = address("198.51.100.100");
  private static final ServerCookies COOKIES = cookies(SECRET);
  private static final int MADE = 0x5cf79f11;
  private static final String LEARNT = CLIENT + "010000005cf79f111f8130c3eee29480";

  private static InetAddress address(String text) {
    return NetUtil.createInetAddressFromIpAddressString(text);
  }

  private static ServerCookies cookies(String... secrets) {
    return new ServerCookies(Stream.of(secrets).map(Packets::hex).toList());
  }

  private static WireQuery query(String... cookies) {
    GenericEDNSOption[] options =
        Stream.of(cookies)
            .map(cookie -> new GenericEDNSOption(COOKIE, Packets.hex(cookie)))
            .toArray(GenericEDNSOption[]::new);
    return Packets.parsed(Packets.ednsQuery("example.com.", Type.A, 1232, 0, options));
  }

  private static String data(Cookie cookie) {
    return Packets.hex(Arrays.copyOfRange(cookie.option(), 4, cookie.option().length));
  }

  @Test
  void clientCookieOnly_getsAServerCookie_asInAppendixA1() {
    Cookie cookie = COOKIES.answer(query(CLIENT), ADDRESS, MADE);

    assertThat(cookie.state()).isEqualTo(State.FIRST);
    assertThat(data(cookie)).isEqualTo(LEARNT);
  }

  @Test
  void olderThan30Minutes_isRenewed_asInAppendixA2() {
    Cookie cookie = COOKIES.answer(query(LEARNT), ADDRESS, 0x5cf7a871);

    assertThat(cookie.state()).isEqualTo(State.VALID);
    assertThat(data(cookie)).isEqualTo(CLIENT + "010000005cf7a871d4a564a1442aca77");
  }

  /** The reserved bytes are not 0, which the hash allows for. */
  @Test
  void reservedBytes_areHashedAsTheyCame_asInAppendixA3() {
    String sent = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5";
    InetAddress other = address("203.0.113.203");

    assertThat(data(COOKIES.answer(query(sent), other, 0x5cf7a9ac)))
        .isEqualTo("fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e");
    assertThat(COOKIES.answer(query(sent), other, 0x5cf78f71).state()).isEqualTo(State.VALID);
  }

  @Test
  void earlierSecret_isAccepted_andReplaced_asInAppendixA4() {
    ServerCookies rolled =
        cookies("445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715");
    Cookie cookie =
        rolled.answer(
            query("22681ab97d52c298010000005cf7c57926556bd0934c72f8"),
            address("2001:db8:220:1:59de:d0f4:8769:82b8"),
            0x5cf7c609);

    assertThat(cookie.state()).isEqualTo(State.VALID);
    assertThat(data(cookie)).isEqualTo("22681ab97d52c298010000005cf7c609a6bb79d16625507a");
  }

  @ParameterizedTest
  @CsvSource({
    "0, VALID, true",
    "1800, VALID, true",
    "1801, VALID, false",
    "3600, VALID, false",
    "3601, INVALID, false",
    "-300, VALID, true",
    "-301, INVALID, false",
    "2147483647, INVALID, false",
    "-2147483648, INVALID, false"
  })
  void age_decides(int age, State state, boolean repeated) {
    Cookie cookie = COOKIES.answer(query(LEARNT), ADDRESS, MADE + age);

    assertThat(cookie.state()).isEqualTo(state);
    assertThat(data(cookie).equals(LEARNT)).isEqualTo(repeated);
    assertThat(COOKIES.answer(query(data(cookie)), ADDRESS, MADE + age).state())
        .isEqualTo(State.VALID);
  }

  @Test
  void time_thatWraps_isComparedAsASerialNumber() {
    String late = data(COOKIES.answer(query(CLIENT), ADDRESS, -10));

    assertThat(COOKIES.answer(query(late), ADDRESS, 10).state()).isEqualTo(State.VALID);
  }

  @Test
  void everyBit_matters() {
    byte[] learnt = Packets.hex(LEARNT);
    for (int bit = 0; bit < 8 * learnt.length; bit++) {
      byte[] changed = learnt.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(COOKIES.answer(query(Packets.hex(changed)), ADDRESS, MADE).state())
          .as("bit %d", bit)
          .isEqualTo(State.INVALID);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.51.100.101", "2001:db8::1", "2001:db8::c633:6464"})
  void otherAddress_isNotValid(String other) {
    assertThat(COOKIES.answer(query(LEARNT), address(other), MADE).state())
        .isEqualTo(State.INVALID);
  }

  @Test
  void otherSecret_isNotValid() {
    assertThat(cookies("00".repeat(16)).answer(query(LEARNT), ADDRESS, MADE).state())
        .isEqualTo(State.INVALID);
  }

  /** A client or another server may have cookies of other lengths (RFC 7873 section 4). */
  @ParameterizedTest
  @ValueSource(ints = {8, 15, 17, 32})
  void serverCookieOfAnotherLength_isNotValid(int length) {
    Cookie cookie = COOKIES.answer(query(CLIENT + "01".repeat(length)), ADDRESS, MADE);

    assertThat(cookie.state()).isEqualTo(State.INVALID);
    assertThat(data(cookie)).isEqualTo(LEARNT);
  }

  /** RFC 7873 section 5.2.2. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 9, 15, 41, 100})
  void lengthThatNoCookieHas_isFormErr(int length) {
    byte[] packet =
        Packets.ednsQuery(
                "example.com.", Type.A, 1232, 0, new GenericEDNSOption(COOKIE, new byte[length]))
            .toWire();

    assertThat(WireQuery.parse(packet))
        .isInstanceOfSatisfying(
            ParsedQuery.Rejected.class,
            rejected -> {
              assertThat(rejected.reason()).isEqualTo(ParsedQuery.Reason.COOKIE);
              assertThat(rejected.answer()[3] & 0xf).isEqualTo(Rcodes.FORMERR);
            });
  }

  /** RFC 7873 section 4: all but the first are ignored. */
  @Test
  void secondCookieOption_isIgnored() {
    assertThat(COOKIES.answer(query(LEARNT, "00"), ADDRESS, MADE).state()).isEqualTo(State.VALID);
    assertThat(COOKIES.answer(query(CLIENT, LEARNT), ADDRESS, MADE).state()).isEqualTo(State.FIRST);
  }

  @Test
  void withoutCookie_hasNone() {
    assertThat(COOKIES.answer(query(), ADDRESS, MADE)).isSameAs(Cookie.NONE);
    assertThat(COOKIES.answer(Packets.parsed(Packets.query("a.", Type.A)), ADDRESS, MADE))
        .isSameAs(Cookie.NONE);
  }

  @Test
  void secrets_areChecked() {
    assertThatThrownBy(() -> new ServerCookies(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> cookies("00")).isInstanceOf(IllegalArgumentException.class);
  }
}
