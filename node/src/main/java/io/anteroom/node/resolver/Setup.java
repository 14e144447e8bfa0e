// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

/**
 * Settings and objects derived from them. They are replaced together, so that a lookup sees a
 * consistent state.
 */
record Setup(
    Settings settings,
    SearchRules rules,
    AddressLookup addresses,
    PointerLookup pointers,
    NameInfoLookup names) {

  static Setup of(Settings settings) {
    PointerLookup pointers = new PointerLookup(settings.lookups());
    return new Setup(
        settings,
        settings.searchRules(),
        new AddressLookup(settings, new DestinationOrder(SourceAddresses::of)),
        pointers,
        new NameInfoLookup(pointers, settings.domains()));
  }
}
