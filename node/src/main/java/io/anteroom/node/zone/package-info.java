// SPDX-License-Identifier: Apache-2.0
/**
 * Local data: what the node answers from hosts files, zone files and the list of special-use names.
 * Nothing in this package contacts a server.
 *
 * <h2>Decisions</h2>
 *
 * <p><b>Files are checked once a second, and read when two checks in a row find them unchanged.</b>
 * A {@code WatchService} reports a change while it is being written, behaves differently on each
 * system, and does not work on network file systems. It also can't tell that a file which was just
 * emptied is about to be filled. All hosts files are read as one, and all zones as one, because a
 * line in one file may depend on a line in another.
 *
 * <p><b>Upstream pools for servers in hosts files are created only when the node starts.</b> A pool
 * has an actor and sockets on each event loop. Creating and stopping pools with each change of a
 * file would need more code than it saves. The servers of a configured pool can be changed at any
 * time.
 *
 * <p><b>A name in a hosts file is an int.</b> {@code NameTable} numbers the names without an object
 * for each; the number leads to an address, which is also a number, and to an object only for rare
 * cases. A million names with one address each take 120 MB including reverse names, and twice that
 * while they are read again.
 *
 * <p><b>Zone files are not read by dnsjava's {@code Master}.</b> It stops at the first error,
 * follows {@code $INCLUDE} to any file and any depth, and creates as many records as {@code
 * $GENERATE} asks for. {@code ZoneEntries} and {@code ZoneText} read entries and directives with
 * limits; dnsjava still parses the data of each record.
 */
@NullMarked
package io.anteroom.node.zone;

import org.jspecify.annotations.NullMarked;
