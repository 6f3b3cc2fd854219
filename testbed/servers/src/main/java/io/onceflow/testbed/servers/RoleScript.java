package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A script of grants as {@code psql} takes it, with its variables filled in: there is no psql here.
 */
public final class RoleScript {
  private RoleScript() {}

  /**
   * Returns the statements.
   *
   * @param script the file, with {@code :"job"}, {@code :"reader"} and {@code :"DBNAME"}
   * @param database of the grants
   * @param job the role that writes
   * @param reader the role that looks
   */
  public static String fill(Path script, String database, String job, String reader) {
    try {
      return Files.readString(script)
          .replace(":\"job\"", quoted(job))
          .replace(":\"reader\"", quoted(reader))
          .replace(":\"DBNAME\"", quoted(database));
    } catch (IOException e) {
      throw new ServerException(script + " cannot be read.", e);
    }
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
