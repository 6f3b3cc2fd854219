package io.onceflow.testbed.run.outbox;

import io.onceflow.producer.OutboxMessage;
import io.onceflow.producer.OutboxSender;
import io.onceflow.producer.PostgresOutbox;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes orders, each with its message in one transaction, some of which are rolled back; and sends,
 * unless another process does. Ends when there are enough orders and nothing is left in the outbox.
 * Arguments: bootstrap servers, URL, user, password, how many orders.
 */
final class ShopMain {

  static final String PRODUCER = "shop";

  private ShopMain() {}

  public static void main(String[] arguments) throws Exception {
    ShopDatabase database = new ShopDatabase(arguments[1], arguments[2], arguments[3]);
    int orders = Integer.parseInt(arguments[4]);
    PostgresOutbox outbox =
        new PostgresOutbox(
            database.dataSource(),
            PRODUCER,
            (connection, outcome) -> {
              try (PreparedStatement insert =
                  connection.prepareStatement("INSERT INTO outcomes VALUES (?, ?, ?)")) {
                insert.setLong(1, outcome.sequence());
                insert.setString(2, outcome.id());
                insert.setString(3, outcome.result().name());
                insert.executeUpdate();
              }
            });
    try (OutboxSender sender = new OutboxSender(outbox, Senders.settings(arguments[0])).start()) {
      Random random = new Random();
      while (database.count("SELECT count(*) FROM orders") < orders) {
        order(database, random.nextInt(5) > 0);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(40));
      }
      while (database.count("SELECT count(*) FROM onceflow_outbox") > 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      Senders.print(sender);
    }
  }

  private static void order(ShopDatabase database, boolean commit) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long number;
      try (ResultSet row =
          statement.executeQuery("INSERT INTO orders DEFAULT VALUES RETURNING number")) {
        row.next();
        number = row.getLong(1);
      }
      byte[] payload = Long.toString(number).getBytes(StandardCharsets.UTF_8);
      PostgresOutbox.add(
          connection,
          PRODUCER,
          OutboxMessage.of("s" + number % 10, payload).withId(PRODUCER + "-" + number));
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
    }
  }
}
