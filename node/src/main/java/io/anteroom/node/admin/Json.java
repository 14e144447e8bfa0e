// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** Writes JSON responses and parses JSON bodies. */
final class Json {
  /** Request bodies have at most one nested object. */
  private static final int MAX_DEPTH = 8;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  static HttpResponse ok(Object value) {
    return response(StatusCodes.OK, value);
  }

  static HttpResponse error(StatusCode status, String message) {
    return response(status, Map.of("error", message));
  }

  static HttpResponse response(StatusCode status, Object value) {
    try {
      return HttpResponse.create()
          .withStatus(status)
          .addHeader(RawHeader.create("Cache-Control", "no-store"))
          .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"))
          .withEntity(
              HttpEntities.create(ContentTypes.APPLICATION_JSON, MAPPER.writeValueAsBytes(value)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("can't be written as JSON: " + value.getClass(), e);
    }
  }

  /**
   * Parses a body.
   *
   * @throws JsonProcessingException if it is not JSON, has a duplicate key, or is nested too deeply
   */
  static JsonNode read(String body) throws JsonProcessingException {
    return MAPPER.readTree(body);
  }
}
