// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DNSName and ComboAddress. */
final class NamesAndAddressesTest {
  private static String value(String expression) throws Exception {
    try (QuestionRig rig =
        new QuestionRig("local v = %s\nsay(tostring(v))".formatted(expression))) {
      return rig.said().get(0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          newDNSName('WWW.example.com')                     | WWW.example.com.
          newDNSName('.')                                   | .
          newDNSName('')                                    | .
          newDNSName('.'):toStringNoDot()                   | ''
          newDNSName('a\\\\.b.c')                           | a\\.b.c.
          newDNSName('\\\\119ww.example')                   | www.example.
          newDNSName('www.example.com'):countLabels()       | 3
          newDNSName('a\\\\.b.c'):countLabels()             | 2
          newDNSName('.'):countLabels()                     | 0
          newDNSName('www.example.com'):wirelength()        | 17
          newDNSName('.'):wirelength()                      | 1
          newDNSName('Ab.c'):toDNSString() == '\\2Ab\\1c\\0' | true
          newDNSNameFromRaw('\\2Ab\\1c\\0rest')             | Ab.c.
          newDNSName('a.b') == newDNSName('A.B')            | true
          newDNSName('a.b') == newDNSName('a.c')            | false
          newDNSName('a') < newDNSName('B')                 | true
          newDNSName('a.b'):hash() == newDNSName('A.b'):hash() | true
          newDNSName('www.Example.com'):isPartOf(newDNSName('eXample.com')) | true
          newDNSName('example.com'):isPartOf(newDNSName('example.com'))     | true
          newDNSName('www.example.com'):isPartOf(newDNSName('.'))           | true
          newDNSName('wwwexample.com'):isPartOf(newDNSName('example.com'))  | false
          newDNSName('a\\\\.example.com'):isPartOf(newDNSName('example.com')) | false
          newDNSName('com'):isPartOf(newDNSName('example.com'))             | false
          newDNSName('www.example.com'):makeRelative(newDNSName('example.com')) | www.
          newDNSName('a.b'):makeRelative(newDNSName('c'))   | .
          """)
  void names(String expression, String expected) throws Exception {
    assertThat(value(expression.replace("\\\\\\\\", "\\\\"))).isEqualTo(expected);
  }

  @Test
  void chopOff_changesThisNameOnly() throws Exception {
    try (QuestionRig rig =
        new QuestionRig(
            """
            local name = newDNSName('a\\\\.b.c')
            say(tostring(name:chopOff())) say(name:toString())
            say(tostring(name:chopOff())) say(name:toString())
            say(tostring(name:chopOff()))
            name:append('x.y')
            say(name:toString())
            """)) {
      assertThat(rig.said()).containsExactly("true", "c.", "true", ".", "false", "x.y.");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          newCA('192.0.2.1')                       | 192.0.2.1
          newCA('192.0.2.1:53'):toString()         | 192.0.2.1
          newCA('192.0.2.1:53'):toStringWithPort() | 192.0.2.1:53
          newCA('192.0.2.1'):getPort()             | 0
          newCA('2001:DB8:0::1')                   | 2001:db8::1
          newCA('[2001:db8::1]:53'):tostringWithPort() | [2001:db8::1]:53
          newCA('[2001:db8::1]'):getPort()         | 0
          newCA('192.0.2.1'):isIPv4()              | true
          newCA('192.0.2.1'):isIPv6()              | false
          newCA('::1'):isIPv6()                    | true
          newCA('::ffff:192.0.2.1'):mapToIPv4()    | 192.0.2.1
          newCA('192.0.2.1') == newCA('192.0.2.1') | true
          newCA('192.0.2.1:1') == newCA('192.0.2.1') | false
          newCA('192.0.2.1'):getRaw() == '\\192\\0\\2\\1' | true
          newCAFromRaw('ABCD', 53):toStringWithPort() | 65.66.67.68:53
          """)
  void addresses(String expression, String expected) throws Exception {
    assertThat(value(expression)).isEqualTo(expected);
  }

  @Test
  void truncate_keepsTheFirstBits() throws Exception {
    try (QuestionRig rig =
        new QuestionRig(
            """
            local a, b = newCA('192.0.2.255'), newCA('2001:db8:ffff::1')
            a:truncate(25) b:truncate(36)
            say(a:toString()) say(b:toString())
            """)) {
      assertThat(rig.said()).containsExactly("192.0.2.128", "2001:db8:f000::");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          newDNSName('x'):isPartOf('y')   | isPartOf needs a DNSName, not a string; make one with newDNSName
          newDNSName('x').toString()      | toString needs a DNSName, not a nil
          newDNSNameFromRaw('\\9abc')     | no domain name in wire format
          newCA('1.2.3')                  | "1.2.3" is no address, nor one with a port
          newCA('1.2.3.4:99999')          | "1.2.3.4:99999" is no address, nor one with a port
          newCA('localhost')              | "localhost" is no address, nor one with a port
          newCAFromRaw('abc')             | a raw address has 4 or 16 bytes, not 3
          newCA('::1'):truncate(129)      | the bits must be a whole number from 0 to 128, not 129
          """)
  void wrongUse_failsAtTheLine(String expression, String message) {
    assertThatThrownBy(() -> value(expression)).hasMessageStartingWith("filter.lua:1: " + message);
  }
}
