package io.onceflow.common.job;

import io.onceflow.common.config.Arguments;
import io.onceflow.common.config.ConfigException;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.OptionReference;
import io.onceflow.common.config.Settings;
import java.util.function.IntConsumer;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The one way a job starts: arguments, configuration, environment checks, topology, execution.
 *
 * <p>A mistake of the user is told without a stack trace. Under {@code flink run}, in the web UI
 * and in application mode the main method runs inside somebody else's process, so the mistake is
 * thrown as Flink's {@link ProgramParametrizationException}, which the command line prints as the
 * bare message with exit code 1. Only when the job runs in its own JVM ({@code java -cp ..}, Flink
 * gives a local environment) does it print the message itself and exit with {@value
 * #EXIT_USER_MISTAKE}.
 */
public final class JobMain {

  /** The exit code of a plain {@code java} process for a mistake in the configuration. */
  public static final int EXIT_USER_MISTAKE = 2;

  private JobMain() {}

  /**
   * For a {@code main} method; may end the JVM, see above. Tests call {@link #define}.
   *
   * @throws Exception what the job fails with
   */
  public static void run(Job<?> job, String... args) throws Exception {
    run(job, StreamExecutionEnvironment.getExecutionEnvironment(), System::exit, args);
  }

  static void run(Job<?> job, StreamExecutionEnvironment env, IntConsumer exit, String... args)
      throws Exception {
    boolean ownProcess = env instanceof LocalStreamEnvironment;
    try {
      Arguments arguments = Arguments.parse(args);
      if (arguments.help()) {
        tell(help(job), ownProcess, exit, 0);
        return;
      }
      define(job, env, arguments);
    } catch (ConfigException e) {
      tell(e.getMessage(), ownProcess, exit, EXIT_USER_MISTAKE);
      return;
    }
    env.execute(job.name());
  }

  /**
   * Does all but executing, in the environment it is given: for tests and local runs.
   *
   * @throws ConfigException with all mistakes of arguments and file, or all of the environment
   * @throws Exception what the connectors throw while they are built
   */
  public static void define(Job<?> job, StreamExecutionEnvironment env, String... args)
      throws Exception {
    define(job, env, Arguments.parse(args));
  }

  /** The text of {@code --help}: the arguments and every key of the job. */
  public static String help(Job<?> job) {
    return "Job "
        + job.name()
        + "\n\n"
        + Arguments.USAGE
        + "\nKeys; values may hold ${NAME} or ${NAME:default} of the environment:\n\n"
        + OptionReference.asText(ConfigReader.describe(job::config));
  }

  private static <C> void define(Job<C> job, StreamExecutionEnvironment env, Arguments arguments)
      throws Exception {
    C config =
        ConfigReader.read(
            "the configuration of job " + job.name(), Settings.load(arguments), job::config);
    EnvironmentChecks.requireExactlyOnce(env);
    EnvironmentChecks.forbidAccidents(env);
    job.define(env, config);
  }

  private static void tell(String text, boolean ownProcess, IntConsumer exit, int code) {
    if (!ownProcess) {
      throw new ProgramParametrizationException(text);
    }
    (code == 0 ? System.out : System.err).println(text);
    exit.accept(code);
  }
}
