// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A way to forward queries to one server. */
interface Model extends AutoCloseable {
  /** What becomes of a query. */
  interface Client {
    /** Exactly once for each query, on any thread, which may forward the next from there. */
    void ended(boolean answered);
  }

  /** Makes one. */
  interface Maker {
    Model make(InetSocketAddress server, int outstanding) throws IOException;
  }

  /** Forwards a query and returns at once; at most as many as it was made for at a time. */
  void forward(Query query, Client client);

  /** Sockets are closed; nothing may be outstanding. */
  @Override
  void close() throws IOException;
}
