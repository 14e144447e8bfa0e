// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.CertificateLoader;
import io.anteroom.node.tls.QuicLibrary;
import io.anteroom.node.tls.ServerCertificate;
import io.anteroom.node.tls.TicketKeys;
import io.anteroom.node.tls.TlsProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the block {@code tls} of a listener. It reads the certificates too: one that can't be used
 * is an error, and one that clients will not accept now is a warning, because a node should start
 * even with a certificate that expired last night.
 */
final class TlsReader {
  static final String KEY = "tls";

  private static final String PROVIDER = "provider";
  private static final String CERTIFICATES = "certificates";
  private static final String CERTIFICATE = "certificate";
  private static final String PRIVATE_KEY = "key";
  private static final String KEYSTORE = "keystore";
  private static final String PASSWORD = "password";
  private static final String PASSWORD_FILE = "password-file";
  private static final String TICKETS = "ticket-secret-file";

  private final Function<String, Path> existing;
  private final Clock clock = Clock.systemUTC();

  /**
   * Creates a reader.
   *
   * @param existing finds an existing file; its IllegalArgumentException becomes the error
   */
  TlsReader(Function<String, Path> existing) {
    this.existing = existing;
  }

  TlsSettings read(SettingsReader listener) {
    TlsSettings settings = settings(listener);
    SettingsReader tls = listener.block(KEY);
    if (settings.provider() == TlsProvider.OPENSSL && !TlsProvider.hasOpenSsl()) {
      tls.error(PROVIDER, "OpenSSL can't be loaded on this machine");
    }
    if (tls.has(TICKETS) && settings.provider() == TlsProvider.JDK) {
      tls.error(TICKETS, "needs OpenSSL: the JDK lets nobody set the keys of its session tickets");
    } else if (tls.has(TICKETS) && !TlsProvider.hasOpenSsl()) {
      tls.warn(
          TICKETS,
          "is not used: OpenSSL can't be loaded on this machine, and the JDK lets nobody set the"
              + " keys of its session tickets");
    }
    return settings;
  }

  private TlsSettings settings(SettingsReader listener) {
    SettingsReader tls = listener.block(KEY);
    List<CertificateFiles> certificates =
        listener.require(KEY) ? certificates(tls) : new ArrayList<>();
    Path none = Path.of("");
    Path tickets = tls.parsed(TICKETS, none, name -> withSecrets(existing.apply(name)));
    return TlsSettings.read(tls, certificates, tickets.equals(none) ? null : tickets);
  }

  private static Path withSecrets(Path file) {
    try {
      SecretFile.read(file, TicketKeys.SECRET);
      return file;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The same for a listener on QUIC, whose TLS is part of its native library. */
  TlsSettings readForQuic(SettingsReader listener) {
    TlsSettings settings = settings(listener);
    SettingsReader tls = listener.block(KEY);
    if (tls.isWrong(PROVIDER)) {
      tls.error(PROVIDER, "is not for QUIC, which has its own implementation of TLS");
    }
    String missing = QuicLibrary.whyMissing();
    if (missing != null) {
      listener.error(
          "transport", "needs the native library of QUIC, which can't be loaded here: " + missing);
    }
    return settings;
  }

  private List<CertificateFiles> certificates(SettingsReader tls) {
    List<CertificateFiles> all = new ArrayList<>();
    boolean several = tls.has(CERTIFICATES);
    if (several) {
      for (String key : List.of(CERTIFICATE, PRIVATE_KEY, KEYSTORE, PASSWORD, PASSWORD_FILE)) {
        if (tls.isWrong(key)) {
          tls.error(key, "must not be set beside certificates, which is the list of all");
        }
      }
    }
    for (SettingsReader block : several ? tls.blocks(CERTIFICATES) : List.of(tls)) {
      ServerCertificate certificate = one(block);
      if (certificate != null) {
        if (!all.isEmpty() && certificate.names().isEmpty()) {
          block.warn(
              keyOf(certificate), "has no DNS name, so no client gets it: only the first may");
        }
        all.add(certificate.files());
      }
    }
    if (several && tls.isEmptyList(CERTIFICATES)) {
      tls.error(CERTIFICATES, "must have one certificate at least");
    }
    return all;
  }

  private @Nullable ServerCertificate one(SettingsReader block) {
    CertificateFiles files = files(block);
    if (files == null) {
      return null;
    }
    String key = files instanceof CertificateFiles.Pem ? CERTIFICATE : KEYSTORE;
    try {
      ServerCertificate certificate = CertificateLoader.load(files);
      String invalid = certificate.invalidAt(clock.instant());
      String odd = certificate.oddity();
      if (invalid != null) {
        block.warn(key, files.file() + ": " + invalid);
      }
      if (odd != null) {
        block.warn(key, files.file() + ": " + odd);
      }
      return certificate;
    } catch (IOException e) {
      block.error(key, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static String keyOf(ServerCertificate certificate) {
    return certificate.files() instanceof CertificateFiles.Pem ? CERTIFICATE : KEYSTORE;
  }

  private @Nullable CertificateFiles files(SettingsReader block) {
    if (block.has(KEYSTORE)) {
      for (String key : List.of(CERTIFICATE, PRIVATE_KEY)) {
        if (block.isWrong(key)) {
          block.error(key, "must not be set beside keystore, which has key and certificate");
        }
      }
      Path store = file(block, KEYSTORE);
      CertificateFiles.Password password = password(block);
      return store == null ? null : new CertificateFiles.Pkcs12(store, password);
    }
    if (!block.requireAll(CERTIFICATE, PRIVATE_KEY)) {
      return null;
    }
    Path certificate = file(block, CERTIFICATE);
    Path key = file(block, PRIVATE_KEY);
    CertificateFiles.Password password = password(block);
    return certificate == null || key == null
        ? null
        : new CertificateFiles.Pem(certificate, key, password);
  }

  private CertificateFiles.@Nullable Password password(SettingsReader block) {
    if (block.has(PASSWORD) && block.has(PASSWORD_FILE)) {
      block.error(PASSWORD_FILE, "must not be set if password is set too");
    }
    if (block.has(PASSWORD)) {
      return new CertificateFiles.Password.Known(block.text(PASSWORD, ""));
    }
    Path file = file(block, PASSWORD_FILE);
    return file == null ? null : new CertificateFiles.Password.InFile(file);
  }

  private @Nullable Path file(SettingsReader block, String key) {
    Path none = Path.of("");
    Path file = block.parsed(key, none, existing);
    return file.equals(none) ? null : file;
  }
}
