package io.onceflow.testbed.chaos.job;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.XADataSource;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.jdbc.JdbcExactlyOnceOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.xa.PGXADataSource;

/**
 * Flink's own exactly-once sinks, set up as their documentation says.
 *
 * <p>JDBC (flink-connector-jdbc 4.0.0-2.0, "Exactly-once" of its page): {@code withMaxRetries(0)}
 * is what the page demands ("otherwise there might be duplicates"); {@code
 * withTransactionPerConnection(true)} is what it demands for PostgreSQL and MySQL, which take one
 * XA transaction per connection. All else, recover-and-rollback and the commit attempts too, has
 * its default.
 *
 * <p>Kafka (flink-connector-kafka 5.0.0-2.2): EXACTLY_ONCE with a transactional id prefix of its
 * own; {@code transaction.timeout.ms} is 15 minutes, the broker's maximum unless somebody raises it
 * and far more than the longest outage plus checkpoint of a campaign, as the page advises ("maximum
 * checkpoint duration + maximum restart duration"). The naming strategy has its default.
 */
final class PeerSinks {

  private static final String INSERT =
      "INSERT INTO legs (event_key, seq, leg, account, amount, crc) VALUES (?, ?, ?, ?, ?, ?)";

  private static final String TRANSACTION_TIMEOUT_MS = "900000";

  private PeerSinks() {}

  static Sink<ChaosRow> of(ChaosSettings settings) {
    return switch (settings.store()) {
      case "postgres" -> jdbc(postgres(settings));
      case "mariadb" -> jdbc(mariaDb(settings));
      case "kafka" -> kafka(settings);
      default -> throw ChaosSinks.unknown(settings);
    };
  }

  private static Sink<ChaosRow> jdbc(SerializableSupplier<XADataSource> server) {
    return JdbcSink.<ChaosRow>builder()
        .withExecutionOptions(JdbcExecutionOptions.builder().withMaxRetries(0).build())
        .withQueryStatement(INSERT, PeerSinks::bind)
        .buildExactlyOnce(
            JdbcExactlyOnceOptions.builder().withTransactionPerConnection(true).build(), server);
  }

  private static void bind(PreparedStatement statement, ChaosRow row) throws SQLException {
    var leg = (ChaosRow.Leg) row;
    statement.setInt(1, leg.key());
    statement.setLong(2, leg.seq());
    statement.setInt(3, leg.leg());
    statement.setInt(4, leg.account());
    statement.setLong(5, leg.amount());
    statement.setLong(6, leg.crc());
  }

  private static SerializableSupplier<XADataSource> postgres(ChaosSettings settings) {
    var config = settings.postgres();
    return () -> {
      var source = new PGXADataSource();
      source.setServerNames(new String[] {config.host()});
      source.setPortNumbers(new int[] {config.port()});
      source.setDatabaseName(config.database());
      source.setUser(config.user());
      source.setPassword(config.password().reveal());
      try {
        source.setConnectTimeout((int) config.connectTimeout().toSeconds());
        source.setSocketTimeout((int) config.socketTimeout().toSeconds());
      } catch (RuntimeException e) {
        throw new IllegalStateException("The driver refuses the timeouts.", e);
      }
      return source;
    };
  }

  private static SerializableSupplier<XADataSource> mariaDb(ChaosSettings settings) {
    var server = settings.mariaDb().server();
    var url =
        "jdbc:mariadb://%s:%d/%s?connectTimeout=%d&socketTimeout=%d"
            .formatted(
                server.host(),
                server.port(),
                server.database(),
                server.connectTimeout().toMillis(),
                server.socketTimeout().toMillis());
    return () -> {
      try {
        var source = new MariaDbDataSource(url);
        source.setUser(server.user());
        source.setPassword(server.password().reveal());
        return source;
      } catch (SQLException e) {
        throw new IllegalStateException("The driver refuses " + url, e);
      }
    };
  }

  private static Sink<ChaosRow> kafka(ChaosSettings settings) {
    var builder =
        KafkaSink.<ChaosRow>builder()
            .setBootstrapServers(settings.outputCluster().bootstrapServers())
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(settings.sinkId())
            .setProperty("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .setRecordSerializer(new Legs(settings.legsTopic()));
    ChaosSinks.KAFKA_CLIENT.forEach(builder::setProperty);
    return builder.build();
  }

  private record Legs(String topic) implements KafkaRecordSerializationSchema<ChaosRow> {

    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        ChaosRow row, KafkaSinkContext context, Long timestampMs) {
      return LegRecord.of(topic, (ChaosRow.Leg) row);
    }
  }
}
