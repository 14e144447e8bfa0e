// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Verdict;

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
          .with(113, ExtendedError.class, new VerdictSerializers.OfExtendedError())
          .with(120, Verdict.Continue.class, new VerdictSerializers.OfContinue())
          .with(121, Verdict.Rcode.class, new VerdictSerializers.OfRcode())
          .with(122, Verdict.Addresses.class, new VerdictSerializers.OfAddresses())
          .with(123, Verdict.Answer.class, new VerdictSerializers.OfAnswer())
          .with(124, Verdict.Drop.class, new VerdictSerializers.OfDrop())
          .with(125, Verdict.Truncate.class, new VerdictSerializers.OfTruncate())
          .with(126, Verdict.ChangeName.class, new VerdictSerializers.OfChangeName())
          .with(127, Verdict.ToPool.class, new VerdictSerializers.OfToPool())
          .with(128, Verdict.AskAgain.class, new VerdictSerializers.OfAskAgain())
          .with(129, Holds.class, new VerdictSerializers.OfHolds())
          .with(130, Invalidate.class, new MessageSerializers.OfInvalidate())
          .with(131, Invalidated.class, new MessageSerializers.OfInvalidated());

  private ProtocolRegistrations() {}

  /** All registrations of this module; the node adds its own. */
  public static Registrations all() {
    return ALL;
  }
}
