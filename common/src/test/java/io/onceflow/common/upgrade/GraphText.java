package io.onceflow.common.upgrade;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;

/** A job's operators as a text, sorted by uid: what Flink maps a savepoint's state by. */
public final class GraphText {

  /**
   * The parallelism to build the graph with: whatever has another one sets it by itself, and who
   * runs the job cannot.
   */
  public static final int DEFAULT_PARALLELISM = 7;

  private GraphText() {}

  /** Describes a graph that was built with {@link #DEFAULT_PARALLELISM}. */
  public static String of(StreamGraph graph) {
    Map<Integer, StreamNode> byId =
        graph.getStreamNodes().stream()
            .collect(Collectors.toMap(StreamNode::getId, node -> node, (a, b) -> a, TreeMap::new));
    return byId.values().stream()
        .sorted(Comparator.comparing(GraphText::uid).thenComparing(StreamNode::getOperatorName))
        .map(node -> describe(node, byId))
        .collect(Collectors.joining("\n"));
  }

  private static String describe(StreamNode node, Map<Integer, StreamNode> byId) {
    return """
        %s
          name             %s
          parallelism      %s
          max parallelism  %s
          input            %s
        """
        .formatted(
            uid(node),
            node.getOperatorName(),
            orDefault(node.getParallelism(), DEFAULT_PARALLELISM),
            orDefault(node.getMaxParallelism(), -1),
            inputs(node.getInEdges(), byId));
  }

  /** Null for what Flink may not give one itself: {@code pipeline.auto-generate-uids} is false. */
  private static String uid(StreamNode node) {
    return node.getTransformationUID() == null ? "(no uid)" : node.getTransformationUID();
  }

  private static String orDefault(int value, int standard) {
    return value == standard ? "default" : Integer.toString(value);
  }

  private static String inputs(List<StreamEdge> edges, Map<Integer, StreamNode> byId) {
    return edges.isEmpty()
        ? "-"
        : edges.stream()
            .map(edge -> uid(byId.get(edge.getSourceId())) + " " + edge.getPartitioner())
            .sorted()
            .collect(Collectors.joining(", "));
  }
}
