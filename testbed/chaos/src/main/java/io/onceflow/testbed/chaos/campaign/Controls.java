package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.cluster.ClusterMember;
import io.onceflow.testbed.servers.ChildProcess;
import io.onceflow.testbed.servers.ServerProcess;
import java.util.Map;

/** The two sorts of processes that a campaign keeps. */
final class Controls {

  private Controls() {}

  static KeptProcess.Control of(ClusterMember member) {
    return new OfMember(member);
  }

  static KeptProcess.Control of(ServerProcess server) {
    return new OfServer(server);
  }

  private record OfMember(ClusterMember member) implements KeptProcess.Control {
    @Override
    public boolean isRunning() {
      return member.isRunning();
    }

    @Override
    public long pid() {
      return member.pid();
    }

    @Override
    public boolean isStopped() {
      return ChildProcess.isStopped(member.pid());
    }

    @Override
    public void kill() {
      member.kill();
    }

    @Override
    public void pause() {
      member.pause();
    }

    @Override
    public void resume() {
      member.resume();
    }

    @Override
    public void start(Map<String, String> environment) {
      member.restart(environment);
    }

    @Override
    public boolean takesEnvironment() {
      return true;
    }
  }

  private record OfServer(ServerProcess server) implements KeptProcess.Control {
    @Override
    public boolean isRunning() {
      return server.isRunning();
    }

    @Override
    public long pid() {
      return server.pids().stream().findFirst().orElse(0L);
    }

    @Override
    public boolean isStopped() {
      return server.pids().stream().findFirst().filter(ChildProcess::isStopped).isPresent();
    }

    @Override
    public void kill() {
      server.kill();
    }

    @Override
    public void pause() {
      server.pause();
    }

    @Override
    public void resume() {
      server.resume();
    }

    @Override
    public void start(Map<String, String> environment) {
      server.restart();
    }

    @Override
    public boolean takesEnvironment() {
      return false;
    }
  }
}
