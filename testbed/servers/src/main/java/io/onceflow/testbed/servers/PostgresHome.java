package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The files of one PostgreSQL server.
 *
 * <pre>
 * directory/postgres.log   what the server says
 * directory/password       of the roles postgres and onceflow; mode 0600, this process's user
 * directory/server/        belongs to the server's account; a link when that cannot enter directory
 * directory/server/data/   the cluster
 * </pre>
 *
 * @param directory the directory named by the user
 * @param account who runs the server
 */
record PostgresHome(Path directory, ServerAccount account) {
  private static final int PASSWORD_BYTES = 24;
  private static final String OWNER_ONLY = "rw-------";

  Path log() {
    return directory.resolve("postgres.log");
  }

  Path passwordFile() {
    return directory.resolve("password");
  }

  Path data() {
    return server().resolve("data");
  }

  String password() {
    try {
      return Files.readString(passwordFile()).trim();
    } catch (IOException e) {
      throw new ServerException(
          "The password of the server in %s is kept in %s, which cannot be read; delete %s to start afresh."
              .formatted(data(), passwordFile(), directory),
          e);
    }
  }

  /** Makes a cluster with a new random password unless there is one. */
  void prepare(Path binaries) {
    try {
      Directories.open(directory);
      makeServerDirectory();
      if (Files.notExists(data())) {
        initialise(binaries);
      }
    } catch (IOException e) {
      throw new ServerException(
          "%s could not be made ready for PostgreSQL; can it be written?".formatted(directory), e);
    }
  }

  /** Deletes the cluster and keeps the log. */
  void deleteData() throws IOException {
    if (Files.exists(serverLink())) {
      Directories.delete(server());
    }
    Files.deleteIfExists(serverLink());
    Files.deleteIfExists(passwordFile());
  }

  private Path serverLink() {
    return directory.resolve("server");
  }

  private Path server() {
    try {
      return serverLink().toRealPath();
    } catch (IOException e) {
      throw new ServerException(
          "%s is gone or points to a directory that is gone, and the data with it; delete %s to start afresh."
              .formatted(serverLink(), directory),
          e);
    }
  }

  private void makeServerDirectory() throws IOException {
    if (Files.exists(serverLink(), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.createDirectory(serverLink());
    if (!account.canEnter(serverLink())) {
      Files.delete(serverLink());
      requireEnterable(DisplacedData.linkedFrom(serverLink()));
    }
    Files.setPosixFilePermissions(server(), PosixFilePermissions.fromString("rwx------"));
    account.own(server());
  }

  private void requireEnterable(Path elsewhere) throws IOException {
    if (!account.canEnter(elsewhere)) {
      Files.delete(serverLink());
      throw new ServerException(
          "PostgreSQL does not run as root, and uid 65534 can enter neither %s nor %s; make one of them enterable (chmod o+x)."
              .formatted(directory, elsewhere));
    }
  }

  private void initialise(Path binaries) throws IOException {
    Path unfinished = server().resolve("unfinished");
    Path initialPassword = server().resolve("initial-password");
    Directories.delete(unfinished);
    writePassword();
    Files.copy(passwordFile(), initialPassword, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(initialPassword, PosixFilePermissions.fromString(OWNER_ONLY));
    account.own(initialPassword);
    initdb(binaries, unfinished, initialPassword);
    Files.delete(initialPassword);
    // The rename is the last step: a cluster called data is complete.
    Files.move(unfinished, data(), StandardCopyOption.ATOMIC_MOVE);
  }

  private void writePassword() throws IOException {
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    Files.deleteIfExists(passwordFile());
    Files.createFile(
        passwordFile(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
    Files.write(
        passwordFile(),
        (Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n")
            .getBytes(StandardCharsets.US_ASCII),
        StandardOpenOption.WRITE);
  }

  private void initdb(Path binaries, Path data, Path passwordFile) throws IOException {
    List<String> command =
        List.of(
            binaries.resolve("bin/initdb").toString(),
            "--pgdata=" + data,
            "--username=postgres",
            "--pwfile=" + passwordFile,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            // Syncing the thousand files of an empty cluster helps nobody; what follows is synced.
            "--no-sync",
            "--no-instructions");
    ProcessBuilder builder =
        new ProcessBuilder(account.command(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .directory(server().toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().putAll(Map.of("LC_ALL", "C", "TZ", "UTC"));
    try {
      int code = builder.start().waitFor();
      if (code != 0) {
        throw new ServerException(
            "initdb failed with code %d. %s".formatted(code, ChildProcess.tail(log())));
      }
    } catch (InterruptedException e) {
      throw ServerException.interrupted("initdb", e);
    }
  }
}
