// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Addresses, numbered from zero in the order of insertion. Each is stored as its reverse name (RFC
 * 1035 section 3.5, RFC 3596 section 2.5), with the number of the name for its PTR record. Built
 * once and then read, like {@link NameTable}.
 */
final class AddressTable {
  /** The name number of an address without a name. */
  static final int NAMELESS = -1;

  private static final String HEX = "0123456789abcdef";

  private final NameTable reverse = new NameTable();
  private byte[] bytes = new byte[64];
  private int[] ends = new int[8];
  private int[] names = new int[8];
  private byte[] lastAdded = new byte[0];
  private int lastNumber;

  /** Adds an address; returns its number. */
  int add(byte[] address) {
    // In block lists, most lines have the same address.
    if (Arrays.equals(address, lastAdded)) {
      return lastNumber;
    }
    int number = reverse.add(reverseName(address));
    if (number == ends.length) {
      ends = Arrays.copyOf(ends, number + number / 2);
      names = Arrays.copyOf(names, ends.length);
    }
    if (ends[number] == 0) {
      append(number, address);
    }
    lastAdded = address;
    lastNumber = number;
    return number;
  }

  private void append(int number, byte[] address) {
    int start = start(number);
    int end = start + address.length;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length + bytes.length / 2));
    }
    System.arraycopy(address, 0, bytes, start, address.length);
    ends[number] = end;
    names[number] = NAMELESS;
  }

  /** Sets the name for the PTR record of an address; the first name stays. */
  void setName(int number, int name) {
    if (names[number] == NAMELESS) {
      names[number] = name;
    }
  }

  void trim() {
    reverse.trim();
    int size = reverse.size();
    bytes = Arrays.copyOf(bytes, start(size));
    ends = Arrays.copyOf(ends, size);
    names = Arrays.copyOf(names, size);
  }

  /** The number of the name for the PTR record of this reverse name. */
  int nameBehind(WireName reverseName) {
    int number = reverse.find(reverseName);
    return number == NameTable.NONE ? NAMELESS : names[number];
  }

  /** 4 for IPv4, 16 for IPv6. */
  int length(int number) {
    return ends[number] - start(number);
  }

  void writeTo(int number, ByteArrayOutputStream out) {
    out.write(bytes, start(number), length(number));
  }

  /** Whether it is 0.0.0.0 or ::. */
  boolean isUnspecified(int number) {
    for (int i = start(number); i < ends[number]; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private int start(int number) {
    return number == 0 ? 0 : ends[number - 1];
  }

  static WireName reverseName(byte[] address) {
    StringBuilder name = new StringBuilder(80);
    for (int i = address.length - 1; i >= 0; i--) {
      int octet = address[i] & 0xff;
      if (address.length == 4) {
        name.append(octet).append('.');
      } else {
        name.append(HEX.charAt(octet & 15)).append('.').append(HEX.charAt(octet >>> 4)).append('.');
      }
    }
    return WireName.parse(
        name.append(address.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString());
  }
}
