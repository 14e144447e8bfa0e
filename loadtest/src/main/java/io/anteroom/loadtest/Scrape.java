// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The metrics of a node at one moment, as Prometheus would see them. */
record Scrape(Map<String, Double> values) {
  private static final String PREFIX = "anteroom_";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Asks the node whose admin interface is at this port of 127.0.0.1. */
  static Scrape of(int port) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return parse(CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Scrape parse(String text) {
    Map<String, Double> values = new HashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              int space = line.lastIndexOf(' ');
              values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            });
    return new Scrape(values);
  }

  /** A counter of the node. */
  long counter(String word) {
    return value(PREFIX + word + "_total");
  }

  /** The sum of some counters of a filter service. */
  long counters(String service, String... words) {
    long sum = 0;
    for (String word : words) {
      sum += value(PREFIX + "filter_" + word + "_total{service=\"" + service + "\"}");
    }
    return sum;
  }

  /** What a filter service has now. */
  long gauge(String service, String word) {
    return value(PREFIX + "filter_" + word + "{service=\"" + service + "\"}");
  }

  /** A metric that is not there is an error of the load test, and no 0. */
  private long value(String name) {
    Double value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the node has no metric " + name);
    }
    return value.longValue();
  }
}
