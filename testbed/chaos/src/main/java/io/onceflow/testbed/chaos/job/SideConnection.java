package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.PostgresConfig;
import java.io.Serializable;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Where a defect does what the sink never would. A connection for each call. */
record SideConnection(PostgresConfig config) implements Serializable {

  private static final long serialVersionUID = 1L;

  void execute(String sql) throws StoreException {
    var url =
        "jdbc:postgresql://%s:%d/%s".formatted(config.host(), config.port(), config.database());
    try (var connection =
            DriverManager.getConnection(url, config.user(), config.password().reveal());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new StoreException(ErrorClass.TRANSIENT, "The defect could not do its work.", e);
    }
  }
}
