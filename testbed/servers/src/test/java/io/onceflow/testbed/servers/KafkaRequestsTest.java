package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class KafkaRequestsTest {

  private final ByteBuffer sent = ByteBuffer.allocate(1_000);

  private void request(ApiKeys api, int bytes) {
    sent.putInt(Short.BYTES + bytes).putShort(api.id).put(new byte[bytes]);
  }

  private List<String> namesInPiecesOf(int size) {
    KafkaRequests requests = new KafkaRequests();
    List<String> names = new ArrayList<>();
    for (int from = 0; from < sent.position(); from += size) {
      int length = Math.min(size, sent.position() - from);
      byte[] piece = new byte[length];
      sent.get(from, piece);
      names.addAll(requests.executedIn(piece, length));
    }
    return names;
  }

  @Test
  void requestsAreNamedHoweverTheirBytesAreCut() {
    request(ApiKeys.PRODUCE, 300);
    request(ApiKeys.END_TXN, 40);
    request(ApiKeys.END_TXN, 0);
    request(ApiKeys.METADATA, 1);
    for (int size : new int[] {1, 2, 5, 6, 7, 100, 1_000}) {
      assertThat(namesInPiecesOf(size)).containsExactly("Produce", "EndTxn", "EndTxn", "Metadata");
    }
  }

  @Test
  void whatARequestCarriesIsNoRequest() {
    sent.putInt(2 + 8).putShort(ApiKeys.PRODUCE.id).putInt(6).putShort(ApiKeys.END_TXN.id);
    sent.putShort((short) 0);
    assertThat(namesInPiecesOf(1_000)).containsExactly("Produce");
  }
}
