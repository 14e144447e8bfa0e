// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The files of Unix sockets. All methods may block for as long as the file system does. */
public final class UnixFiles {
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private UnixFiles() {}

  /** Whether a socket is there, which may be a dead one. */
  public static boolean isSocket(Path path) {
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode");
      return (mode & FILE_TYPE) == SOCKET;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Checks that a socket can be bound to this path. As binding replaces an existing file, the file
   * must be a socket that no process has open.
   *
   * @throws IOException if it can't be bound, with a message for the operator
   */
  public static void ensureFree(Path path) throws IOException {
    Path directory = path.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException("no such directory: " + directory);
    }
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & FILE_TYPE) != SOCKET) {
      throw new IOException(path + " is there, and is no socket");
    }
    if (isOpen(path)) {
      throw new IOException(path + " is in use by another process");
    }
  }

  /**
   * Connecting to an unused socket is refused. Connecting to an open one succeeds or, if it is not
   * a stream socket, fails with another error.
   */
  private static boolean isOpen(Path path) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }
}
