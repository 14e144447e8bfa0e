// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.nio.file.Path;

/**
 * PEM files for mutual TLS between members. They are read again every few minutes, so that a
 * certificate can be renewed without a restart.
 *
 * @param key the private key of this member
 * @param certificate its certificate
 * @param caCertificate the authority that signed the certificates of all members
 */
public record MemberTls(Path key, Path certificate, Path caCertificate) {}
