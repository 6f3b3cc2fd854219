package io.onceflow.common.sink.mariadb;

import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;

/** Opens connections on the task manager; holds references to secrets, not secrets. */
interface MariaDbConnector extends Serializable {

  Connection connect() throws SQLException;

  /** Host, port and database, for messages. */
  String description();

  /** The database of tables that are named without one. */
  String database();

  /** The database that holds the tables of {@code onceflow-mariadb.sql}. */
  String onceflowDatabase();
}
