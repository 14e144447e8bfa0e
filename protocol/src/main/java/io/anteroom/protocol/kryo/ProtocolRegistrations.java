// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;

/** The ids of messages between filters and nodes: 100 to 199. */
public final class ProtocolRegistrations {
  private static final Registrations ALL =
      Registrations.none()
          .with(100, Attach.class, new MessageSerializers.OfAttach())
          .with(101, Grant.class, new MessageSerializers.OfGrant())
          .with(102, FilterRequests.class, new MessageSerializers.OfFilterRequests())
          .with(103, Resumes.class, new MessageSerializers.OfResumes())
          .with(104, ResumeResults.class, new MessageSerializers.OfResumeResults())
          .with(110, FilterRequest.class, new MessageSerializers.OfFilterRequest())
          .with(111, Resume.class, new MessageSerializers.OfResume())
          .with(112, ResumeResult.class, new MessageSerializers.OfResumeResult())
          .with(113, ExtendedError.class, new VerdictSerializer.OfExtendedError())
          .withVerdict(120, Decision.Continue.class, VerdictSerializer.CONTINUE)
          .withVerdict(121, Decision.Rcode.class, VerdictSerializer.RCODE)
          .withVerdict(122, Decision.Addresses.class, VerdictSerializer.ADDRESSES)
          .withVerdict(123, Decision.Answer.class, VerdictSerializer.ANSWER)
          .withVerdict(124, Decision.Drop.class, VerdictSerializer.DROP)
          .withVerdict(125, Decision.Truncate.class, VerdictSerializer.TRUNCATE)
          .withVerdict(126, Decision.ChangeName.class, VerdictSerializer.CHANGE_NAME)
          .withVerdict(127, Decision.ToPool.class, VerdictSerializer.TO_POOL)
          .withVerdict(128, Decision.AskAgain.class, VerdictSerializer.ASK_AGAIN)
          .with(129, Holds.class, new VerdictSerializer.OfHolds())
          .with(130, Invalidate.class, new MessageSerializers.OfInvalidate())
          .with(131, Invalidated.class, new MessageSerializers.OfInvalidated())
          .withVerdict(132, Decision.Result.class, VerdictSerializer.RESULT)
          .with(133, Operation.class, new MessageSerializers.OfOperation());

  private ProtocolRegistrations() {}

  /** All registrations of this module; the node adds its own. */
  public static Registrations all() {
    return ALL;
  }
}
