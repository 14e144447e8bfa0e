// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;

/** A batch of acknowledgements for {@link Resumes}. */
public record ResumeResults(List<ResumeResult> results) implements ToInstance, ProtocolMessage {}
