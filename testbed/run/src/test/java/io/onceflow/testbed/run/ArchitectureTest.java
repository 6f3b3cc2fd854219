package io.onceflow.testbed.run;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The module graph of the design, on the main classes of all modules. */
class ArchitectureTest {

  private static final String COMMON = "io.onceflow.common..";
  private static final List<String> JOBS =
      List.of("io.onceflow.ledger..", "io.onceflow.pipeline..", "io.onceflow.relay..");

  private static final String TESTBED = "io.onceflow.testbed..";

  /** Plain tests and not ArchUnit's own engine, whose rules Surefire does not count. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // The library's conformance suite, which is in a jar of its own.
          .withImportOption(
              location ->
                  !location.contains("/onceflow-common-") || !location.contains("-tests.jar"))
          .importPackages("io.onceflow");

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void allModulesAreLookedAt() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName))
        .contains(
            "io.onceflow.common.commit",
            "io.onceflow.common.lock",
            "io.onceflow.common.sink.postgres",
            "io.onceflow.producer.wire",
            "io.onceflow.ledger",
            "io.onceflow.pipeline",
            "io.onceflow.relay",
            "io.onceflow.testbed.servers",
            "io.onceflow.testbed.run");
  }

  @Test
  void theCommitCoreKnowsNoVendor() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.onceflow.common.commit..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.postgresql..",
                "org.mariadb..",
                "redis.clients..",
                "org.apache.kafka..",
                "org.apache.flink.connector.kafka..",
                "com.rabbitmq..",
                "java.sql..",
                "io.onceflow.common.sink..",
                "io.onceflow.common.source.."));
  }

  /** Leases in a store are in the store's package; what they promise is said once. */
  @Test
  void leasesKnowNoVendor() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.onceflow.common.lock..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                "io.onceflow.common.lock..",
                "io.onceflow.common.commit..",
                "io.onceflow.common.config..",
                "java..",
                "org.slf4j..",
                ""));
  }

  @Test
  void theCommitCoreKnowsNoLeases() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.onceflow.common.commit..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.onceflow.common.lock.."));
  }

  @Test
  void aStoreKnowsNoOtherStore() {
    check(slices().matching("io.onceflow.common.sink.(*)..").should().notDependOnEachOther());
  }

  @Test
  void theLibraryKnowsNoJob() {
    check(
        noClasses()
            .that()
            .resideInAPackage(COMMON)
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                COMMON,
                // The formats only: not the outbox, which is the other side's.
                "io.onceflow.producer.wire",
                "java..",
                "javax..",
                "org.apache.flink..",
                "org.apache.kafka..",
                "org.postgresql..",
                "org.mariadb..",
                "redis.clients..",
                "com.rabbitmq..",
                "io.netty..",
                "org.slf4j..",
                "org.snakeyaml..",
                ""));
  }

  @Test
  void theProducersSideKnowsNothingOfFlink() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.onceflow.producer..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                "io.onceflow.producer..",
                "java..",
                "javax..",
                "org.apache.kafka..",
                "com.fasterxml.jackson.core..",
                "org.slf4j..",
                ""));
  }

  @Test
  void aJobKnowsTheLibraryAndNoOtherJob() {
    for (String job : JOBS) {
      check(
          noClasses()
              .that()
              .resideInAPackage(job)
              .should()
              .dependOnClassesThat(
                  resideInAPackage("io.onceflow..")
                      .and(resideOutsideOfPackages(COMMON, "io.onceflow.producer.wire", job))));
    }
  }

  @Test
  void nobodyImportsTheTestbed() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(TESTBED)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(TESTBED));
  }

  @Test
  void serversKnowNothingOfOnceflow() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.onceflow.testbed.servers..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(COMMON, "io.onceflow.ledger..", "org.apache.flink.."));
  }

  @Test
  void nothingUsesALegacyPackageOfFlink() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink..legacy.."));
  }

  @Test
  void aTopologyKnowsNoVendor() {
    check(
        noClasses()
            .that()
            .haveSimpleNameEndingWith("Job")
            .and()
            .resideOutsideOfPackages(TESTBED, COMMON)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.kafka..",
                "org.apache.flink.connector..",
                "org.postgresql..",
                "org.mariadb..",
                "redis.clients..",
                "com.rabbitmq..",
                "io.onceflow.common.sink.."));
  }

  @Test
  void namesSayTheRole() {
    check(
        classes()
            .that()
            .resideInAPackage("io.onceflow..")
            .should()
            .haveNameNotMatching(".*(Util|Utils|Helper|Manager|Impl)$"));
  }
}
