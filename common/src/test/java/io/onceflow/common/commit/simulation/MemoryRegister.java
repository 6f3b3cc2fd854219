package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.CloseRequest;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.DecisionRegister;
import io.onceflow.common.commit.DecisionRegisters;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.RegisterProtocol;
import io.onceflow.common.commit.RegisterRules.Member;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The register in memory: the real protocol over {@link MemoryRecords}, step by step. */
final class MemoryRegister implements DecisionRegisters {

  private static final long serialVersionUID = 1L;

  private final transient MemoryRecords records;
  private final transient Set<Defect> defects;

  MemoryRegister(Set<Defect> defects) {
    this.records = new MemoryRecords(defects);
    this.defects = defects;
  }

  /** What stands, or null. */
  Decision decision(String id) {
    return records.decisionsOf(Set.of(id)).get(id);
  }

  MemoryRecords records() {
    return records;
  }

  @Override
  public String description() {
    return "register in memory";
  }

  @Override
  public DecisionRegister connect(String pipeline, SinkId sinkId, String runId) {
    return new Session(pipeline, sinkId, runId);
  }

  @Override
  public ResolverRegister connectResolver() {
    return new ResolverSession();
  }

  private static <R> R call(String name, MemorySession.Request<R> request) throws StoreException {
    return MemorySession.overNetwork(Strand.reach(name, true), request);
  }

  private RegisterProtocol<RuntimeException> protocol() {
    return new RegisterProtocol<>(records);
  }

  private final class Session implements DecisionRegister {
    private final String pipeline;
    private final SinkId sinkId;
    private final String runId;
    private String gatherer;

    Session(String pipeline, SinkId sinkId, String runId) {
      this.pipeline = pipeline;
      this.sinkId = sinkId;
      this.runId = runId;
    }

    @Override
    public void open(RegisterClaim claim) throws StoreException {
      call(
          "register.open",
          () -> {
            records.blindedBy(Defect.REGISTER_REWINDS);
            protocol().open(claim);
            return null;
          });
      gatherer = claim.gatherer();
    }

    @Override
    public void vote(Epoch epoch) throws StoreException {
      call(
          "register.vote",
          () -> {
            protocol().vote(pipeline, member(), epoch);
            return null;
          });
    }

    @Override
    public void decideCommit(Epoch epoch) throws StoreException {
      if (!defects.contains(Defect.REGISTER_NOT_ASKED_TO_COMMIT)) {
        call(
            "register.decideCommit",
            () -> {
              protocol().decideCommit(pipeline, member(), epoch);
              return null;
            });
      }
    }

    @Override
    public Set<String> decideAbort(Collection<String> ids) throws StoreException {
      return defects.contains(Defect.REGISTER_NOT_ASKED_TO_ABORT)
          ? new HashSet<>(ids)
          : call("register.decideAbort", () -> protocol().decideAbort(pipeline, member(), ids));
    }

    private Member member() {
      var member = new Member(sinkId, runId, gatherer);
      records.blindedBy(null);
      records.actsAs(member);
      return member;
    }

    @Override
    public void abort() {}

    @Override
    public void close() {}
  }

  private final class ResolverSession implements ResolverRegister {
    @Override
    public List<String> pipelines() {
      return List.of();
    }

    @Override
    public Optional<PipelineStatus> status(String pipeline) throws StoreException {
      return call("resolver.status", () -> records.status(pipeline));
    }

    @Override
    public List<RegisteredVote> votes(String pipeline) throws StoreException {
      return call("resolver.votes", () -> records.votes(pipeline));
    }

    @Override
    public Map<String, Decision> decisions(String pipeline) throws StoreException {
      return call("resolver.decisions", () -> records.decisions());
    }

    @Override
    public void close(CloseRequest request) throws StoreException {
      call(
          "resolver.close",
          () -> {
            records.blindedBy(Defect.CUT_TOO_EARLY);
            protocol().close(request);
            return null;
          });
    }

    @Override
    public Set<String> abort(String pipeline, Collection<String> ids) throws StoreException {
      return call(
          "resolver.abort",
          () -> {
            records.blindedBy(null);
            return protocol().abort(pipeline, ids);
          });
    }

    @Override
    public void abort() {}

    @Override
    public void close() {}
  }
}
