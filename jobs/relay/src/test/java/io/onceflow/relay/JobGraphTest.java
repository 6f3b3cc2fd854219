package io.onceflow.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.job.JobMain;
import io.onceflow.common.upgrade.Golden;
import io.onceflow.common.upgrade.GraphText;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** The relay's operators, as its shipped configuration builds them, are the accepted ones. */
class JobGraphTest {

  @Test
  void theGraphIsTheOneThatWasAccepted() throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.dir", "file:///not-written");
    cluster.setString("execution.checkpointing.interval", "10s");
    cluster.setString("parallelism.default", Integer.toString(GraphText.DEFAULT_PARALLELISM));
    var env = StreamExecutionEnvironment.getExecutionEnvironment(cluster);
    JobMain.define(new RelayMain(), env, "--config", "../../flink-conf/jobs/relay.yaml");
    assertThat(Golden.operators("relay").check(GraphText.of(env.getStreamGraph()))).isEmpty();
  }
}
