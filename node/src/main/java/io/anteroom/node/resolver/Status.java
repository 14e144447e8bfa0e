// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** How a lookup ended, with the names and numbers of c-ares' {@code ares.h}. */
public enum Status {
  SUCCESS(0, "successful completion"),
  ENODATA(1, "the name has no such data"),
  EFORMERR(2, "the server calls the query misformatted"),
  ESERVFAIL(3, "the server failed"),
  ENOTFOUND(4, "there is no such name"),
  ENOTIMP(5, "the server does not implement it"),
  EREFUSED(6, "the server refused"),
  EBADQUERY(7, "no query that can be asked"),
  EBADNAME(8, "no domain name"),
  EBADFAMILY(9, "no such address family"),
  EBADRESP(10, "the answer can't be read"),
  ECONNREFUSED(11, "no server could be reached"),
  ETIMEOUT(12, "no server answered in time"),
  EOF(13, "end of file"),
  EFILE(14, "a file can't be read"),
  ENOMEM(15, "out of memory"),
  EDESTRUCTION(16, "the channel was closed"),
  EBADSTR(17, "no string that can be read"),
  EBADFLAGS(18, "no such flags"),
  ENONAME(19, "an address, but not in digits"),
  EBADHINTS(20, "hints that can't be met"),
  ENOTINITIALIZED(21, "not initialized"),
  ELOADIPHLPAPI(22, "iphlpapi.dll can't be loaded"),
  EADDRGETNETWORKPARAMS(23, "GetNetworkParams was not found"),
  ECANCELLED(24, "cancelled"),
  ESERVICE(25, "there is no such service, or there are too many lookups at once"),
  ENOSERVER(26, "there are no servers");

  private final int number;
  private final String text;

  Status(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /** The value of the constant {@code ARES_...} in {@code ares.h}. */
  public int number() {
    return number;
  }

  /** A description for messages. */
  public String text() {
    return text;
  }

  /** The status of an answer as in c-ares: success if it has records in its answer section. */
  public static Status of(Message answer) {
    return switch (answer.getRcode()) {
      case Rcode.NOERROR -> answer.getSection(Section.ANSWER).isEmpty() ? ENODATA : SUCCESS;
      case Rcode.FORMERR -> EFORMERR;
      case Rcode.SERVFAIL -> ESERVFAIL;
      case Rcode.NXDOMAIN -> ENOTFOUND;
      case Rcode.NOTIMP -> ENOTIMP;
      case Rcode.REFUSED -> EREFUSED;
      default -> EBADRESP;
    };
  }
}
