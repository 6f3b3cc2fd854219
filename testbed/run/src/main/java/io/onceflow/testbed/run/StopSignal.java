package io.onceflow.testbed.run;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM as a request to end well: the first one is remembered, a second one ends the
 * process at once with code 130; the servers end with it.
 */
final class StopSignal {

  private static final int EXIT_INTERRUPTED = 130;

  private final CountDownLatch requested = new CountDownLatch(1);

  /** Takes the place of the JVM's own handlers, which would run the shutdown hooks at once. */
  void install() {
    try {
      // By reflection: the compiler warns of every use of sun.misc, and warnings are errors here.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object remember =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, args) -> method.getName().equals("handle") ? request() : null);
      for (String name : new String[] {"INT", "TERM"}) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), remember);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("This JVM does not let Ctrl-C be handled.", e);
    }
  }

  private Object request() {
    if (isRequested()) {
      Runtime.getRuntime().halt(EXIT_INTERRUPTED);
    }
    requested.countDown();
    return null;
  }

  boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Waits for a request, or the time to pass. */
  boolean await(long millis) {
    try {
      return requested.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
