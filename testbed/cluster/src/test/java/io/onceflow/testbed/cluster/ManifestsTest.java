package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.onceflow.common.job.Job;
import io.onceflow.testbed.cluster.Manifests.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.kubernetes.operator.api.FlinkDeployment;
import org.apache.flink.kubernetes.operator.api.FlinkSessionJob;
import org.apache.flink.kubernetes.operator.api.spec.JobSpec;
import org.apache.flink.kubernetes.operator.api.spec.UpgradeMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The manifests are what the operator reads and hold only keys of Flink. */
class ManifestsTest {
  private static final Path CONF = Path.of("..", "..", "flink-conf");

  /** What each place has in its own way: addresses, memory, how jobs are submitted. */
  private static final List<String> OF_THE_PLACE =
      List.of(
          "jobmanager.",
          "taskmanager.",
          "rest.",
          "web.submit",
          "web.refresh",
          "execution.target",
          "env.java",
          "high-availability.");

  private static final DeclaredOptions OPTIONS = DeclaredOptions.ofLib();

  @Test
  void everyManifestIsReadWithoutAnUnknownProperty() throws IOException {
    assertThat(all()).hasSize(5);
    assertThat(deployments()).hasSize(2).allMatch(d -> d.getMetadata().getName() != null);
    for (Manifest manifest : all()) {
      Map<String, Object> spec = Manifests.mapping(manifest.yaml().get("spec"));
      if (manifest.resource() instanceof FlinkDeployment) {
        assertThat(spec.get("flinkVersion")).isEqualTo(Manifests.WANTED_VERSION);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "flinkVersion: v2_2, flinkVerson: v2_2",
    "flinkVersion: v2_2, flinkVersion: v9_9",
    "upgradeMode: savepoint, upgradeMode: safepoint",
    "allowNonRestoredState: false, allowNonRestored: false",
    "secretKeyRef:, secretRef:",
    "runAsNonRoot: true, runAsNotRoot: true",
    "mountPath: /etc/onceflow, mountpath: /etc/onceflow",
  })
  void aPropertyThatIsNotKnownFails(String right, String wrong) throws IOException {
    String text = Files.readString(CONF.resolve("kubernetes/ledger-application.yaml"));
    assertThat(text).contains(right);
    assertThatThrownBy(() -> Manifests.read(text.replace(right, wrong)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyKeyOfFlinkIsOne() throws IOException {
    for (FlinkDeployment deployment : deployments()) {
      assertThat(OPTIONS.mistakes(deployment.getSpec().getFlinkConfiguration()))
          .as(deployment.getMetadata().getName())
          .isEmpty();
    }
  }

  /** So that a number that is tuned once is tuned everywhere. */
  @Test
  void jobsAndRecoveryAreConfiguredAsInConfigYaml() throws IOException {
    Map<String, String> shared = new TreeMap<>(shipped());
    shared.keySet().removeIf(key -> OF_THE_PLACE.stream().anyMatch(key::startsWith));
    assertThat(shared).containsKey("heartbeat.timeout").hasSizeGreaterThan(20);
    for (FlinkDeployment deployment : deployments()) {
      assertThat(deployment.getSpec().getFlinkConfiguration()).containsAllEntriesOf(shared);
    }
  }

  private static Map<String, String> shipped() {
    return GlobalConfiguration.loadConfiguration(CONF.toString()).toMap();
  }

  @Test
  void aSecretIsOnlyReferredTo() throws IOException {
    for (FlinkDeployment deployment : deployments()) {
      Container main = deployment.getSpec().getPodTemplate().getSpec().getContainers().get(0);
      assertThat(main.getName()).isEqualTo("flink-main-container");
      EnvVar password =
          main.getEnv().stream()
              .filter(env -> env.getName().equals("POSTGRES_PASSWORD"))
              .findFirst()
              .orElseThrow();
      assertThat(password.getValue()).isNull();
      assertThat(password.getValueFrom().getSecretKeyRef().getName()).isNotBlank();
      assertThat(main.getEnv())
          .filteredOn(env -> env.getName().matches(".*(PASSWORD|SECRET|TOKEN|KEY).*"))
          .allMatch(env -> env.getValue() == null);
      assertThat(deployment.getSpec().getFlinkConfiguration().keySet())
          .noneMatch(GlobalConfiguration::isSensitive);
    }
  }

  @Test
  void theJobIsTheOneThatIsBuilt() throws Exception {
    List<JobSpec> jobs = new ArrayList<>();
    deployments().forEach(deployment -> jobs.add(deployment.getSpec().getJob()));
    sessionJobs().forEach(job -> jobs.add(job.getSpec().getJob()));
    jobs.removeIf(java.util.Objects::isNull);
    assertThat(jobs).hasSize(3);
    for (JobSpec job : jobs) {
      Class<?> main = Class.forName(job.getEntryClass());
      assertThat(main.getMethod("main", String[].class)).isNotNull();
      String name = ((Job<?>) main.getConstructor().newInstance()).name();
      assertThat(job.getArgs()).containsExactly("--config", "/etc/onceflow/" + name + ".yaml");
      assertThat(job.getJarURI()).contains("/onceflow-" + name + "-job");
      assertThat(CONF.resolve("jobs").resolve(name + ".yaml")).isRegularFile();
      assertThat(job.getUpgradeMode()).isEqualTo(UpgradeMode.SAVEPOINT);
      assertThat(job.getAllowNonRestoredState()).isFalse();
    }
    assertThat(sessionJobs())
        .hasSize(2)
        .allMatch(job -> job.getSpec().getDeploymentName().equals("onceflow-session"));
  }

  private static List<Manifest> all() throws IOException {
    List<Manifest> all = new ArrayList<>();
    for (Path file : Manifests.files(CONF.resolve("kubernetes"))) {
      all.addAll(Manifests.read(Files.readString(file)));
    }
    return all;
  }

  private static List<FlinkDeployment> deployments() throws IOException {
    return only(FlinkDeployment.class);
  }

  private static List<FlinkSessionJob> sessionJobs() throws IOException {
    return only(FlinkSessionJob.class);
  }

  private static <T> List<T> only(Class<T> type) throws IOException {
    return all().stream().map(Manifest::resource).filter(type::isInstance).map(type::cast).toList();
  }
}
