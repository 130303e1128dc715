package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nodes of one directory share, and what keeps those of two apart. */
class DataDirectoryTest {
    private static final String HOST = "127.0.0.1";

    @TempDir
    Path root;

    @Test
    void every_open_directory_has_a_slot_of_its_own_and_a_restart_gets_the_same_again() {
        DataDirectory first = DataDirectory.open(root);
        try (DataDirectory second = DataDirectory.open(root)) {
            assertEquals(0, first.slot());
            assertEquals(1, second.slot());
            first.close();
            try (DataDirectory again = DataDirectory.open(root)) {
                assertEquals(0, again.slot());
            }
        }
    }

    @Test
    void the_id_is_made_once_for_a_directory_and_differs_between_directories(@TempDir Path other) {
        try (DataDirectory first = DataDirectory.open(root);
                DataDirectory second = DataDirectory.open(root);
                DataDirectory elsewhere = DataDirectory.open(other)) {
            assertEquals(first.id(), second.id());
            assertNotEquals(first.id(), elsewhere.id());
        }
    }

    @Test
    void a_member_finds_those_that_answer_and_no_others() throws IOException {
        try (ServerSocket running = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DataDirectory first = DataDirectory.open(root);
                DataDirectory second = DataDirectory.open(root);
                DataDirectory third = DataDirectory.open(root)) {
            int gone = DataDirectory.freePort(HOST);
            assertEquals(List.of(), first.join(HOST, running.getLocalPort()));
            assertEquals(List.of(HOST + ":" + running.getLocalPort()), second.join(HOST, gone));
            assertEquals(List.of(HOST + ":" + running.getLocalPort()), third.join(HOST, DataDirectory.freePort(HOST)));
        }
    }

    @Test
    void a_free_port_can_be_bound() throws IOException {
        int port = DataDirectory.freePort(HOST);
        assertTrue(port < 32_768, "no client of this machine is given it: " + port);
        DataDirectory.checkFree(HOST, port, "http.port", "WEIR_HTTP_PORT");
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(port, socket.getLocalPort());
        }
    }

    @Test
    void a_taken_port_is_told_with_the_setting_that_moves_it() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            StartFailure failure = assertThrows(
                    StartFailure.class, () -> DataDirectory.checkFree(HOST, port, "http.port", "WEIR_HTTP_PORT"));
            assertEquals(
                    "port " + port + " on 127.0.0.1 is taken: choose another with http.port (WEIR_HTTP_PORT)",
                    failure.getMessage());
        }
    }

    @Test
    void a_directory_that_cannot_be_written_is_told_with_its_setting() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");
        StartFailure failure = assertThrows(StartFailure.class, () -> DataDirectory.open(file));
        assertTrue(String.valueOf(failure.getMessage()).contains("WEIR_DATA_DIR"), failure.getMessage());
    }

    @Test
    void a_private_file_is_for_its_owner_alone_and_replaced_whole() throws IOException {
        Path file = root.resolve("keys.env");
        DataDirectory.writePrivate(file, "A=1\n");
        DataDirectory.writePrivate(file, "A=2\n");
        assertEquals("A=2\n", Files.readString(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (var files = Files.list(root)) {
            assertEquals(1, files.count());
        }
    }
}
