package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ResultJsonTest {

  private final ResultJson json = new ResultJson();

  @Test
  void aResultIsOneJsonObjectWithTheColumnsOfItsTable() throws IOException {
    UUID id = UUID.fromString("0198c2d1-7e00-7000-8000-000000000001");
    JsonNode created =
        read(new ResultRow(3, Long.MAX_VALUE, 1, "eu-1", id, 0, ResultCode.CREATED, 17, 1_000));
    assertThat(created)
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"topic_partition":3,"record_offset":9223372036854775807,"leg":1,"grp":"eu-1",
                     "id":"0198c2d1-7e00-7000-8000-000000000001","result":"created","success":true,
                     "seq":17,"log_time_ms":1000}
                    """));
  }

  @Test
  void whatIsNullInTheTableIsAbsent() throws IOException {
    JsonNode closed =
        read(new ResultRow(0, 0, 0, "eu", null, 7, ResultCode.ACCOUNT_NOT_FOUND, 0, 0));
    assertThat(closed.has("id")).isFalse();
    assertThat(closed.has("seq")).isFalse();
    assertThat(closed.get("account").longValue()).isEqualTo(7);
    assertThat(closed.get("success").booleanValue()).isFalse();
  }

  private JsonNode read(ResultRow row) throws IOException {
    return new ObjectMapper().readTree(json.serialize(row));
  }
}
