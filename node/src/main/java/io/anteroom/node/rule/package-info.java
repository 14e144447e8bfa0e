// SPDX-License-Identifier: Apache-2.0
/**
 * Rules: selectors, actions, chains, lists of names, and how they are read from the configuration.
 *
 * <h2>Decisions</h2>
 *
 * <p><b>A list file is polled and never applied in part.</b> A file counts as changed when it looks
 * the same at two checks one second apart, and differs from when it was last read. It must also
 * look the same after it was read. inotify would report each write of a download, and reports
 * nothing on a network file system.
 *
 * <p><b>A list with a few invalid lines is accepted; a hosts or zone file is not.</b> Lists are
 * written by others, and of 150,000 lines one is invalid; an operator without any list would be
 * worse off. A file with more than a tenth of invalid lines is refused, because it is probably not
 * a list at all. Operators write hosts and zone files themselves and can correct the line. The
 * price: a name on an invalid line is not listed, which a warning and a counter report.
 *
 * <p><b>An exception in an ad blocker's list wins over all rules of that list</b>, wherever the two
 * stand, as in ad blockers. The result for each name is computed when the list is read, so a
 * look-up costs the same. An exception does not affect other lists. Rules with options that DNS
 * can't observe, such as {@code $third-party}, are skipped: refusing the name for all requests
 * would block more than the rule asks for.
 */
@NullMarked
package io.anteroom.node.rule;

import org.jspecify.annotations.NullMarked;
