package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.Store;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A good store's fixture whose store gets a defect. */
record SeededFixture(StoreFixture good, UnaryOperator<Store<TestRow>> defect)
    implements StoreFixture {

  @Override
  public TestTargets newTargets() throws Exception {
    var targets = good.newTargets();
    return targets instanceof PreparedTargets prepared
        ? new Prepared(prepared, defect)
        : new Targets(targets, defect);
  }

  private static class Targets implements TestTargets {
    private final TestTargets good;
    private final UnaryOperator<Store<TestRow>> defect;

    Targets(TestTargets good, UnaryOperator<Store<TestRow>> defect) {
      this.good = good;
      this.defect = defect;
    }

    @Override
    public Store<TestRow> store() {
      return defect.apply(good.store());
    }

    @Override
    public void readRows(Consumer<TestRow> reader) throws Exception {
      good.readRows(reader);
    }

    @Override
    public List<Marker> markers() throws Exception {
      return good.markers();
    }

    @Override
    public List<DeadLetter> deadLetters() throws Exception {
      return good.deadLetters();
    }
  }

  private static final class Prepared extends Targets implements PreparedTargets {
    private final PreparedTargets good;

    Prepared(PreparedTargets good, UnaryOperator<Store<TestRow>> defect) {
      super(good, defect);
      this.good = good;
    }

    @Override
    public List<String> prepared() throws Exception {
      return good.prepared();
    }

    @Override
    public List<String> prepareForeign(String sinkId) throws Exception {
      return good.prepareForeign(sinkId);
    }

    @Override
    public void rollBackAll() throws Exception {
      good.rollBackAll();
    }
  }

  @Override
  public boolean hasUpserts() {
    return good.hasUpserts();
  }

  @Override
  public TestRow badRow(long id) {
    return good.badRow(id);
  }

  @Override
  public long markersKept() {
    return good.markersKept();
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    return good.breakages(((Targets) targets).good);
  }

  @Override
  public List<String> secrets() {
    return good.secrets();
  }

  @Override
  public void close() {
    good.close();
  }
}
