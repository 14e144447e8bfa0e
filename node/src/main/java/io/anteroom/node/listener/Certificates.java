// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.CertificateLoader;
import io.anteroom.node.tls.HandshakeContexts;
import io.anteroom.node.tls.ServerCertificate;
import io.anteroom.node.tls.ServerContexts;
import io.anteroom.node.tls.TicketKeys;
import io.anteroom.node.zone.FileSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of one listener, which are read again when their files change. New connections
 * get the new certificate; open ones and sockets stay. A certificate that can't be read, or that is
 * not valid now while the one in use is, is not taken. {@link #look} may block and is for one
 * thread; everything else is safe for any.
 *
 * @param <C> what handshakes use
 */
public final class Certificates<C extends HandshakeContexts> {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

  private final String listener;
  private final Maker<C> maker;
  private final Counters<Counter> counters;
  private final Clock clock;
  private final List<Source> sources = new ArrayList<>();
  private final TicketSecrets tickets;
  private volatile C contexts;

  /** The files of one certificate, and the certificate in use. */
  private static final class Source {
    private final CertificateFiles names;
    private final FileSet<ServerCertificate> files;
    private volatile ServerCertificate current;
    private @Nullable ServerCertificate expired;

    private Source(CertificateFiles names) throws IOException {
      this.names = names;
      this.files = new FileSet<>(names.all(), included -> CertificateLoader.load(names));
      this.current = files.load();
    }
  }

  /** Makes from the certificates what handshakes use. */
  interface Maker<C> {
    /**
     * Makes it.
     *
     * @param keys of session tickets, the same each time
     * @throws IOException if a certificate can't be used, with its file
     */
    C of(TicketKeys keys, List<ServerCertificate> certificates, Instant now) throws IOException;
  }

  private Certificates(
      String listener,
      TlsSettings settings,
      Maker<C> maker,
      Counters<Counter> counters,
      Clock clock)
      throws IOException {
    this.listener = listener;
    this.maker = maker;
    this.counters = counters;
    this.clock = clock;
    for (CertificateFiles files : settings.certificates()) {
      sources.add(new Source(files));
    }
    this.tickets = TicketSecrets.open(settings.ticketSecrets(), listener, counters);
    this.contexts = made(clock.instant());
  }

  /**
   * Reads the certificates.
   *
   * @param protocols the ALPN names of the listener
   * @throws IOException if one can't be used, with its file
   */
  static Certificates<ServerContexts> open(
      String listener,
      TlsSettings settings,
      List<String> protocols,
      Counters<Counter> counters,
      Clock clock)
      throws IOException {
    ServerContexts.Offer offer = new ServerContexts.Offer(settings.provider(), protocols);
    return open(
        listener,
        settings,
        (keys, all, now) -> ServerContexts.of(offer, keys, all, now),
        counters,
        clock);
  }

  /**
   * Reads the certificates, for handshakes with something of the caller's.
   *
   * @throws IOException if one can't be used, with its file
   */
  static <C extends HandshakeContexts> Certificates<C> open(
      String listener,
      TlsSettings settings,
      Maker<C> maker,
      Counters<Counter> counters,
      Clock clock)
      throws IOException {
    return new Certificates<>(listener, settings, maker, counters, clock);
  }

  /**
   * The state of one certificate in use.
   *
   * @param file the file it was read from
   */
  public record Status(String listener, String file, Instant notBefore, Instant notAfter) {}

  C contexts() {
    return contexts;
  }

  private C made(Instant now) throws IOException {
    return maker.of(tickets.keys(), sources.stream().map(source -> source.current).toList(), now);
  }

  /** The certificates in use, in the order of the configuration. */
  public List<Status> status() {
    return sources.stream()
        .map(
            source ->
                new Status(
                    listener,
                    source.names.file().toString(),
                    source.current.notBefore(),
                    source.current.notAfter()))
        .toList();
  }

  /**
   * Reads certificates and secrets whose files have changed, and renews the keys of session
   * tickets. To be called every second or so.
   */
  void look() {
    Instant now = clock.instant();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      if (source.files.hasSettled()) {
        readAgain(i, now);
      }
      warnOnce(source, now);
    }
    if (tickets.hasNew()) {
      useNewTickets(now);
    }
    contexts.rotate(now);
  }

  private void useNewTickets(Instant now) {
    try {
      contexts = made(now);
    } catch (IOException e) {
      throw new UncheckedIOException("the same certificates were usable before", e);
    }
  }

  private void readAgain(int changed, Instant now) {
    Source source = sources.get(changed);
    try {
      ServerCertificate next = source.files.load();
      String invalid = next.invalidAt(now);
      if (invalid != null && source.current.invalidAt(now) == null) {
        throw new IOException(source.names.file() + ": " + invalid);
      }
      List<ServerCertificate> all = new ArrayList<>();
      for (Source other : sources) {
        all.add(other == source ? next : other.current);
      }
      contexts = maker.of(tickets.keys(), all, now);
      source.current = next;
      counters.increment(Counter.TLS_CERTIFICATES_READ);
      LOG.info(
          "{}: read again for {}, valid until {}", source.names.file(), listener, next.notAfter());
    } catch (IOException e) {
      counters.increment(Counter.TLS_CERTIFICATES_FAILED);
      LOG.error("{}; {} keeps its certificate", e.getMessage(), listener);
    }
  }

  private void warnOnce(Source source, Instant now) {
    ServerCertificate current = source.current;
    String invalid = current.invalidAt(now);
    if (invalid != null && !current.equals(source.expired)) {
      source.expired = current;
      LOG.warn(
          "{}: {}; clients of {} that check it go away", source.names.file(), invalid, listener);
    }
  }
}
