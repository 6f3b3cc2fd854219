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
import java.util.Set;

/**
 * The files of one database server.
 *
 * <pre>
 * directory/NAME.log       what the server says
 * directory/password       of its accounts; mode 0600, this process's user
 * directory/server/        belongs to the server's account; a link when that cannot enter directory
 * directory/server/data/   the data
 * </pre>
 *
 * @param name of the server, for the log file and messages
 * @param directory the directory named by the user
 * @param account who runs the server
 */
record ServerHome(String name, Path directory, ServerAccount account) {
  private static final int PASSWORD_BYTES = 24;
  private static final String OWNER_ONLY = "rw-------";

  /** Fills an empty directory with the data of a new server. */
  interface Initialiser {
    /**
     * @param data the directory to fill; it does not exist
     * @param password what the accounts get
     */
    void fill(Path data, String password) throws IOException;
  }

  Path log() {
    return directory.resolve(name + ".log");
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

  /** Makes data with a new random password unless there are some. */
  void prepare(Initialiser initialiser) {
    try {
      Directories.open(directory);
      makeServerDirectory();
      if (Files.notExists(data())) {
        initialise(initialiser);
      }
    } catch (IOException e) {
      throw new ServerException(
          "%s could not be made ready for %s; can it be written?".formatted(directory, name), e);
    }
  }

  /** Deletes the data and keeps the log. */
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
          "%s does not run as root, and uid 65534 can enter neither %s nor %s; make one of them enterable (chmod o+x)."
              .formatted(name, directory, elsewhere));
    }
  }

  private void initialise(Initialiser initialiser) throws IOException {
    Path unfinished = server().resolve("unfinished");
    Directories.delete(unfinished);
    writePassword();
    initialiser.fill(unfinished, password());
    // The rename is the last step: a directory called data is complete.
    Files.move(unfinished, data(), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns the place of a file beside the data, made by {@link #secret}. */
  Path file(String fileName) {
    return server().resolve(fileName);
  }

  /** Writes a file that the server's account alone can read. */
  Path secret(String fileName, String content) throws IOException {
    Path file = file(fileName);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
    Files.writeString(file, content);
    account.own(file);
    return file;
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

  /** Runs a program of the server's account to its end; what it says goes to the log. */
  void run(List<String> command, Path input, Set<String> without) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(account.command(command))
            .redirectErrorStream(true)
            .redirectInput(input.toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .directory(server().toFile());
    builder.environment().keySet().removeIf(key -> without.stream().anyMatch(key::startsWith));
    builder.environment().putAll(Map.of("LC_ALL", "C", "TZ", "UTC"));
    try {
      int code = builder.start().waitFor();
      if (code != 0) {
        throw new ServerException(
            "%s failed with code %d. %s".formatted(command.get(0), code, ChildProcess.tail(log())));
      }
    } catch (InterruptedException e) {
      throw ServerException.interrupted(command.get(0), e);
    }
  }
}
