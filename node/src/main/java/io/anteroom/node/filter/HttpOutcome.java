// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Outcome of one HTTP request to a filter. */
sealed interface HttpOutcome {
  /** In bytes; fits a DNS message of 64 KiB in base64, with tags. */
  int MAX_BODY = 128 << 10;

  String JSON = "application/json";

  /** RFC 8484, section 6. */
  String DNS_MESSAGE = "application/dns-message";

  int OK = 200;
  int NO_CONTENT = 204;

  JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** The filter has decided. */
  record Decided(Verdict verdict) implements HttpOutcome {}

  /**
   * The filter did not decide, though the request was or may have been sent.
   *
   * @param reason the counter to increment
   * @param detail text for the log
   */
  record Failed(SuspensionCounter reason, String detail) implements HttpOutcome {}

  /** The filter was not asked: no connection could be opened. */
  record Unreachable(String detail) implements HttpOutcome {}

  /** The filter was not asked: the connection has no free stream. */
  record Full() implements HttpOutcome {}

  /**
   * Parses a response.
   *
   * @param contentType the value of the header; null if there is none
   */
  static HttpOutcome of(int status, @Nullable String contentType, byte[] body) {
    if (status == NO_CONTENT) {
      return new Decided(Verdict.proceed());
    } else if (status != OK) {
      return new Failed(SuspensionCounter.HTTP_STATUS, "status " + status);
    }
    String type = contentType == null ? "" : contentType;
    String media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return switch (media) {
      case JSON -> json(body);
      case DNS_MESSAGE -> message(body);
      default ->
          new Failed(
              SuspensionCounter.HTTP_CONTENT_TYPE,
              media.isEmpty() ? "no content type" : "content type " + media);
    };
  }

  private static HttpOutcome message(byte[] body) {
    return body.length > Verdict.MAX_MESSAGE
        ? new Failed(SuspensionCounter.HTTP_TOO_LARGE, "a DNS message of " + body.length + " bytes")
        : new Decided(Verdict.answer(body));
  }

  private static HttpOutcome json(byte[] body) {
    try {
      return new Decided(verdict(MAPPER.readTree(body)));
    } catch (JsonProcessingException e) {
      return malformed(e.getOriginalMessage());
    } catch (IOException | IllegalArgumentException e) {
      return malformed(String.valueOf(e.getMessage()));
    }
  }

  private static Failed malformed(String why) {
    return new Failed(SuspensionCounter.VERDICTS_MALFORMED, "no verdict: " + why);
  }

  /** Ignores unknown fields, so that filters may send more than this version reads. */
  private static Verdict verdict(JsonNode json) {
    JsonNode words = json.path("verdict");
    if (!words.isTextual() || words.textValue().isBlank()) {
      throw new IllegalArgumentException("the body must be {\"verdict\": \"...\"}");
    }
    Verdict verdict = VerdictWords.parse(words.textValue());
    JsonNode tags = json.path("tags");
    return tags.isMissingNode() ? verdict : verdict.withTags(tags(verdict.tags(), tags));
  }

  private static Map<String, String> tags(Map<String, String> ofVerdict, JsonNode json) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("tags must be an object");
    }
    Map<String, String> tags = new HashMap<>(ofVerdict);
    for (Map.Entry<String, JsonNode> tag : json.properties()) {
      if (!tag.getValue().isTextual()) {
        throw new IllegalArgumentException("the values of tags must be strings");
      }
      tags.put(tag.getKey(), tag.getValue().textValue());
    }
    return tags;
  }
}
