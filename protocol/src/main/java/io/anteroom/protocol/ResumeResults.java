// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;

/** Acknowledges {@link Resumes}, batched. */
public record ResumeResults(List<ResumeResult> results) implements ToInstance, ProtocolMessage {}
