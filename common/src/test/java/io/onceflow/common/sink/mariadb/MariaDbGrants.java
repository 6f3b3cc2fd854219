package io.onceflow.common.sink.mariadb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The grants of {@code docs/mariadb.md}, with the names of a test in place of the manual's. */
final class MariaDbGrants {

  private static final Pattern GRANT = Pattern.compile("(GRANT .*) TO flink@'10.0.0.%';");

  private MariaDbGrants() {}

  /**
   * Statements for a job's account.
   *
   * @param onceflow the database of the onceflow tables
   * @param database the database of the job's tables
   * @param tables the one that is appended to and the one that is upserted, or none
   */
  static String ofJob(String job, String onceflow, String database, List<String> tables) {
    var grants = new StringBuilder();
    var lines = GRANT.matcher(manual());
    while (lines.find()) {
      var grant = lines.group(1).replace("ON onceflow.", "ON " + onceflow + ".");
      if (!tables.isEmpty()) {
        grant =
            grant
                .replace("ON shop.orders", "ON %s.%s".formatted(database, tables.get(0)))
                .replace("ON shop.stock", "ON %s.%s".formatted(database, tables.get(1)));
      }
      if (!grant.matches(".* ON shop\\.(orders|stock)")) {
        grants.append(grant.replace("ON shop.", "ON " + database + "."));
        grants.append(" TO %s@'127.0.0.1';%n".formatted(job));
      }
    }
    return grants.toString();
  }

  private static String manual() {
    try {
      return Files.readString(Path.of("../docs/mariadb.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
