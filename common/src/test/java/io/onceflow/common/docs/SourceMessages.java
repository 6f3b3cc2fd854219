package io.onceflow.common.docs;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * The texts of sources that read like a message: at least four words, and a full stop at the end or
 * a colon inside. Values are shown as {@code …}. Whether a text is thrown, logged or returned to
 * who does that does not matter, so none is missed because of the way it takes.
 */
final class SourceMessages extends TreeScanner<Void, Void> {

  private static final int FEWEST_WORDS = 4;
  private static final Pattern VALUE = Pattern.compile("%[-,0-9.]*[a-zA-Z]|\\{}");
  private static final Pattern SQL =
      Pattern.compile(
          "\\W*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|SET|COPY|LOAD|LOCK|FROM|ALTER|DROP)\\b.*",
          Pattern.DOTALL);

  /** Not for people who operate a job: off by default. */
  private static final Set<String> QUIET = Set.of("LOG.debug", "LOG.trace");

  private final Set<String> found = new TreeSet<>();

  private SourceMessages() {}

  static Set<String> of(Collection<Path> sources) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources));
      var scanner = new SourceMessages();
      for (var unit : task.parse()) {
        scanner.scan(unit, null);
      }
      return scanner.found;
    }
  }

  /** A text as it is compared: values as one sign, white space as one blank. */
  static String normalized(String text) {
    return VALUE.matcher(text).replaceAll("…").replaceAll("\\s+", " ").strip();
  }

  @Override
  public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
    return QUIET.contains(call.getMethodSelect().toString())
        ? null
        : super.visitMethodInvocation(call, nothing);
  }

  @Override
  public Void visitAnnotation(AnnotationTree annotation, Void nothing) {
    return null;
  }

  @Override
  public Void visitBinary(BinaryTree sum, Void nothing) {
    if (!isText(sum)) {
      return super.visitBinary(sum, nothing);
    }
    add(text(sum));
    return null;
  }

  @Override
  public Void visitLiteral(LiteralTree literal, Void nothing) {
    if (isText(literal)) {
      add(text(literal));
    }
    return null;
  }

  private void add(String text) {
    var message = normalized(text);
    var sentence = message.endsWith(".") || message.contains(": ");
    if (sentence
        && message.split(" ").length >= FEWEST_WORDS
        && message.matches(".*[a-z]{3}.*")
        && !SQL.matcher(message).matches()) {
      found.add(message);
    }
  }

  private static boolean isText(Tree tree) {
    return tree instanceof LiteralTree literal && literal.getValue() instanceof String
        || tree instanceof ParenthesizedTree inner && isText(inner.getExpression())
        || tree instanceof BinaryTree sum
            && sum.getKind() == Tree.Kind.PLUS
            && (isText(sum.getLeftOperand()) || isText(sum.getRightOperand()));
  }

  private static String text(Tree tree) {
    if (tree instanceof LiteralTree literal) {
      return String.valueOf(literal.getValue());
    }
    if (tree instanceof ParenthesizedTree inner) {
      return text(inner.getExpression());
    }
    return tree instanceof BinaryTree sum && isText(sum)
        ? text(sum.getLeftOperand()) + text(sum.getRightOperand())
        : "…";
  }
}
