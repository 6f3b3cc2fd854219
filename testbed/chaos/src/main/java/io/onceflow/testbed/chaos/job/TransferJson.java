package io.onceflow.testbed.chaos.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawRecord;
import java.nio.charset.StandardCharsets;

/** Reads a {@link Transfer}; what is not intact is poison. */
public final class TransferJson implements Decoder<Transfer> {

  private static final long serialVersionUID = 1L;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Override
  public Transfer decode(RawRecord record) throws DecodeException {
    if (record.value() == null) {
      throw new DecodeException("no_value", "The record has no value.");
    }
    return parse(new String(record.value(), StandardCharsets.UTF_8));
  }

  /**
   * Reads one.
   *
   * @throws DecodeException when it is none, or not what its checksum was made of
   */
  public static Transfer parse(String json) throws DecodeException {
    var transfer = transfer(tree(json));
    if (!transfer.isIntact()) {
      throw new DecodeException("wrong_checksum", "The checksum is another one.");
    }
    return transfer;
  }

  private static Transfer transfer(JsonNode node) throws DecodeException {
    return new Transfer(
        node.path("run").asText(),
        (int) number(node, "key"),
        number(node, "seq"),
        (int) number(node, "from"),
        (int) number(node, "to"),
        number(node, "amount"),
        number(node, "crc"));
  }

  private static JsonNode tree(String json) throws DecodeException {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new DecodeException("not_json", "The value is not JSON.");
    }
  }

  private static long number(JsonNode node, String field) throws DecodeException {
    var value = node.path(field);
    if (!value.canConvertToLong()) {
      throw new DecodeException("no_" + field, "The field %s is no number.".formatted(field));
    }
    return value.longValue();
  }
}
