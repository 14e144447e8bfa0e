// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** The addresses in an answer, which belong to the name at the end of its alias chain. */
record AddressRecords(Name name, Set<Name> aliases, List<AddressInfo.Entry> entries) {

  static AddressRecords of(Message answer) {
    Map<Name, Name> targets = new HashMap<>();
    for (Record record : answer.getSection(Section.ANSWER)) {
      if (record instanceof CNAMERecord alias) {
        targets.putIfAbsent(alias.getName(), alias.getTarget());
      }
    }
    Name name = answer.getQuestion().getName();
    Set<Name> aliases = new LinkedHashSet<>();
    for (Name next = targets.get(name); next != null && aliases.add(name); ) {
      name = next;
      next = targets.get(name);
    }
    List<AddressInfo.Entry> entries = new ArrayList<>();
    for (Record record : answer.getSection(Section.ANSWER)) {
      InetAddress address = record.getName().equals(name) ? address(record) : null;
      if (address != null) {
        entries.add(new AddressInfo.Entry(address, record.getTTL()));
      }
    }
    return new AddressRecords(name, aliases, entries);
  }

  private static @Nullable InetAddress address(Record record) {
    if (record instanceof ARecord a) {
      return a.getAddress();
    }
    return record instanceof AAAARecord aaaa ? aaaa.getAddress() : null;
  }
}
