// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** The lines that some classes log while it is open. */
final class Lines implements AutoCloseable {
  private final List<Logger> loggers;
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  private Lines(List<Logger> loggers) {
    this.loggers = loggers;
    appender.start();
    loggers.forEach(logger -> logger.addAppender(appender));
  }

  static Lines of(Class<?>... classes) {
    return new Lines(Stream.of(classes).map(c -> (Logger) LoggerFactory.getLogger(c)).toList());
  }

  List<String> all() {
    return List.copyOf(appender.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Override
  public void close() {
    loggers.forEach(logger -> logger.detachAppender(appender));
  }
}
