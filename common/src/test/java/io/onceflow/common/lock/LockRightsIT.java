package io.onceflow.common.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresFence;
import io.onceflow.common.sink.redis.RedisLeaseStore;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rights of locks-roles.sql and docs/locks.md are enough, and no more. */
@Timeout(60)
class LockRightsIT {

  private static final Duration TTL = Duration.ofMinutes(1);

  @TempDir Path directory;

  /** As the job's role, which can raise a fence. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE onceflow.fence SET token = 0",
        "INSERT INTO onceflow.fence VALUES ('k', 0, 'me')",
        "DELETE FROM onceflow.fence",
        "TRUNCATE onceflow.fence",
        "DELETE FROM onceflow.lease",
        "CREATE OR REPLACE FUNCTION onceflow.raise_fence(lock_key text, lock_token bigint, lock_owner text)"
            + " RETURNS void LANGUAGE sql AS ''"
      })
  void noRoleOfAJobLowersAFenceOrForgetsATokenInPostgres(String statement) throws Exception {
    var target = new ProtectedStore.InPostgres(LockServers.database().config());
    target.fenced(lease("k", "me", 7), "written");
    try (var connection = target.connect();
        var sql = connection.createStatement()) {
      assertThatThrownBy(() -> sql.execute(statement))
          .isInstanceOf(SQLException.class)
          .matches(e -> "42501".equals(((SQLException) e).getSQLState()));
    }
    assertThatThrownBy(() -> target.fenced(lease("k", "older", 6), "stale"))
        .isInstanceOf(FencedException.class);
  }

  @Test
  void nobodyRaisesAFenceWithoutTheGrant() {
    assertThat(
            LockServers.database()
                .column(
                    "SELECT has_function_privilege('public', 'onceflow.raise_fence(text, bigint, text)', 'EXECUTE')"))
        .containsExactly("f");
  }

  @Test
  void aConnectionThatCommitsByItselfIsRefused() throws Exception {
    var target = new ProtectedStore.InPostgres(LockServers.database().config());
    try (var connection = target.connect()) {
      connection.setAutoCommit(true);
      assertThatThrownBy(() -> PostgresFence.raise(connection, lease("k", "me", 7)))
          .hasMessageContaining("call setAutoCommit(false) first");
    }
  }

  /** The rights are read from the document. */
  @Test
  void theRightsOfTheDocumentAreEnoughForRedis() throws Exception {
    var server = TestServers.redis();
    var admin = LockServers.redis(server);
    var document = Files.readString(Path.of("../docs/locks.md"));
    var rights = Pattern.compile("the user needs `([^`]+)`").matcher(document);
    assertThat(rights.find()).isTrue();
    try (var client = server.connect()) {
      var command =
          List.of("SETUSER locker reset on >secret ~%s*".formatted(admin.keyPrefix()).split(" "));
      client.command(
          "ACL",
          Stream.concat(command.stream(), List.of(rights.group(1).split(" ")).stream())
              .toArray(String[]::new));
      client.command("ACL", "SETUSER", "locker", "+rpush");
    }
    var config = as("locker", admin);
    var target = new ProtectedStore.InRedis(config);
    try (var leases = RedisLeaseStore.at(config).connect()) {
      var request = LeaseRequest.of("k", "me", TTL);
      var lease = ((LeaseAnswer.Acquired) leases.tryAcquire(request)).lease();
      assertThat(leases.tryAcquire(LeaseRequest.of("k", "other", TTL)))
          .isInstanceOf(LeaseAnswer.Held.class);
      assertThat(leases.tryAcquire(request.above(99))).isInstanceOf(LeaseAnswer.Acquired.class);
      var newer = leases.takeOver(LeaseRequest.of("k", "other", TTL));
      assertThatCode(() -> target.fenced(newer, "written")).doesNotThrowAnyException();
      assertThatThrownBy(() -> target.fenced(lease, "stale")).isInstanceOf(FencedException.class);
      assertThat(leases.renew(newer)).isPresent();
      assertThat(leases.holder("k")).isPresent();
      assertThat(leases.release(newer)).isTrue();
    }
  }

  private RedisConfig as(String user, RedisConfig admin) throws Exception {
    var password = Files.writeString(directory.resolve("password"), "secret");
    var server = admin.server();
    return new RedisConfig(
        new RedisConfig.Server(
            server.host(),
            server.port(),
            user,
            Secret.fromFile(password.toString()),
            server.sslMode(),
            null,
            server.connectTimeout(),
            server.socketTimeout()),
        admin.keyPrefix(),
        admin.chunkRows(),
        admin.chunkBytes());
  }

  private static Lease lease(String key, String owner, long token) {
    return Lease.of(LeaseRequest.of(key, owner, TTL), token, System.nanoTime());
  }
}
