// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The codes of this module's enums, which records of the node use too. */
public final class ProtocolCodes {
  public static final Codes<Stage> STAGES =
      Codes.of(
          Map.of(
              Stage.QUERY, 1,
              Stage.CACHE_MISS, 2,
              Stage.RESPONSE, 3,
              Stage.CACHE_HIT, 4,
              Stage.CACHE_INSERTED, 5,
              Stage.SELF_ANSWERED, 6));

  public static final Codes<Transport> TRANSPORTS =
      Codes.of(
          Map.of(
              Transport.UDP, 1,
              Transport.TCP, 2,
              Transport.TLS, 3,
              Transport.HTTPS, 4,
              Transport.QUIC, 5,
              Transport.HTTPS3, 6));

  public static final Codes<ResumeResult.Status> RESUME_STATUSES =
      Codes.of(
          Map.of(
              ResumeResult.Status.RESUMED, 1,
              ResumeResult.Status.ENDED, 2,
              ResumeResult.Status.UNKNOWN, 3,
              ResumeResult.Status.REJECTED, 4));

  static final Codes<Rejection> REJECTIONS =
      Codes.of(
          Map.of(
              Rejection.STRANGER, 1,
              Rejection.SERVICE, 2,
              Rejection.POOL, 3,
              Rejection.NAME, 4,
              Rejection.MESSAGE, 5,
              Rejection.RESULT, 6,
              Rejection.OPERATION, 7));

  static final Codes<ResultCode> RESULT_CODES =
      Codes.of(
          Map.of(
              ResultCode.DONE, 1,
              ResultCode.REFUSED, 2,
              ResultCode.CONNECT_TIMEOUT, 3,
              ResultCode.TIMEOUT, 4,
              ResultCode.REJECTED, 5,
              ResultCode.CANCELLED, 6,
              ResultCode.INTERNAL, 7));

  /** A reader that does not know a scope skips the hold, and lets the verdict hold for nobody. */
  static final Codes<Holds.Scope> SCOPES =
      Codes.of(Map.of(Holds.Scope.CLIENT, 1, Holds.Scope.EVERYONE, 2, Holds.Scope.IDENTITY, 3));

  private ProtocolCodes() {}

  /**
   * The transport that stands in a field which readers of the first version know, instead of a
   * later one: they drop a message with a code that is new to them. All later transports are
   * streams, as TCP is.
   */
  public static Transport first(Transport transport) {
    return transport == Transport.UDP ? Transport.UDP : Transport.TCP;
  }

  /**
   * The transport for a field at the end of a record, which readers of the first version do not
   * read; null if {@link #first} says it all, so that such records stay as they are.
   */
  public static @Nullable Transport later(Transport transport) {
    return transport == first(transport) ? null : transport;
  }
}
