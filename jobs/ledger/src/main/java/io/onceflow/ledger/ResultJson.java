package io.onceflow.ledger;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.SerializationSchema;

/**
 * Writes a result as one JSON object for the results topic, with the names of {@code
 * ledger.results}; what is null there is absent. No value needs escaping: groups, ids and codes are
 * of characters that JSON takes as they are.
 */
public final class ResultJson implements SerializationSchema<ResultRow> {

  private static final long serialVersionUID = 1L;

  @Override
  public byte[] serialize(ResultRow row) {
    StringBuilder json = new StringBuilder(256);
    json.append("{\"topic_partition\":").append(row.partition());
    json.append(",\"record_offset\":").append(row.offset());
    json.append(",\"leg\":").append(row.leg());
    json.append(",\"grp\":\"").append(row.group()).append('"');
    if (row.id() != null) {
      json.append(",\"id\":\"").append(row.id()).append('"');
    }
    if (row.account() != 0) {
      json.append(",\"account\":").append(row.account());
    }
    json.append(",\"result\":\"").append(row.result().text()).append('"');
    json.append(",\"success\":").append(row.result().isSuccess());
    if (row.seq() != 0) {
      json.append(",\"seq\":").append(row.seq());
    }
    json.append(",\"log_time_ms\":").append(row.logTimeMs()).append('}');
    return json.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
