package io.onceflow.common.sink.postgres;

import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;

/** Opens connections on the task manager; holds references to secrets, not secrets. */
interface PostgresConnector extends Serializable {

  Connection connect() throws SQLException;

  /** Host, port and database, for messages. */
  String description();
}
