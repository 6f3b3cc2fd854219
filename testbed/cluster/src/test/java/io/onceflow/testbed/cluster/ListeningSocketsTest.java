package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** The check of the cluster's addresses sees what it must see. */
class ListeningSocketsTest {
  private final long self = ProcessHandle.current().pid();

  @Test
  void aSocketOnAllAddressesIsBeyondLoopback() throws IOException {
    try (ServerSocket open = new ServerSocket(0)) {
      assertThat(ListeningSockets.of(self)).contains(open.getLocalPort());
      assertThat(ListeningSockets.beyondLoopback(self))
          .anyMatch(address -> address.endsWith(hex(open)));
    }
  }

  @Test
  void aSocketOnLoopbackIsNot() throws IOException {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(ListeningSockets.of(self)).contains(closed.getLocalPort());
      assertThat(ListeningSockets.beyondLoopback(self))
          .noneMatch(address -> address.endsWith(hex(closed)));
    }
  }

  private static String hex(ServerSocket socket) {
    return ":%04X".formatted(socket.getLocalPort());
  }
}
