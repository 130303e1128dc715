package io.weir.gateway;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node's data directory: the cluster's id, this node's slot (its lasting name among the nodes of the directory), and the
 * files by which members of one directory find each other.
 */
final class DataDirectory implements AutoCloseable {
    private static final int MOST_SLOTS = 256;
    private static final int CONNECT_MILLIS = 300;
    private static final int LOWEST_PORT = 20_000;
    private static final int HIGHEST_PORT = 32_000;
    private static final int PORTS_TRIED = 100;
    private static final String MEMBER = ".member";

    private final Path root;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final int slot;
    private @Nullable Path member;

    private DataDirectory(Path root, FileChannel lockFile, FileLock lock, int slot) {
        this.root = root;
        this.lockFile = lockFile;
        this.lock = lock;
        this.slot = slot;
    }

    /** Opens the directory, making it where it is missing, and takes a free slot. */
    static DataDirectory open(Path root) {
        Path nodes = root.resolve("nodes");
        try {
            Files.createDirectories(nodes);
            for (int slot = 0; slot < MOST_SLOTS; slot++) {
                FileChannel file = FileChannel.open(
                        nodes.resolve("slot-" + slot + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = tryLock(file);
                if (lock != null) {
                    return new DataDirectory(root, file, lock, slot);
                }
                file.close();
            }
        } catch (IOException e) {
            throw new StartFailure(
                    "the data directory " + root + " cannot be used (" + e.getMessage()
                            + "): set data.dir (WEIR_DATA_DIR) to one that can be written",
                    e);
        }
        throw new StartFailure("all " + MOST_SLOTS + " node slots of " + root + " are taken");
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return null;
        }
    }

    Path root() {
        return root;
    }

    /** This node's number among the nodes of the directory; the same again after a restart, as a rule. */
    int slot() {
        return slot;
    }

    /** The directory's id, made once. */
    String id() {
        Path file = root.resolve("cluster-id");
        try {
            if (!Files.exists(file)) {
                Path made = Files.writeString(
                        Files.createTempFile(root, "cluster-id", ".new"),
                        UUID.randomUUID().toString().substring(0, 8));
                try {
                    Files.createLink(file, made);
                } catch (FileAlreadyExistsException e) {
                    // Another node of this directory was first: its id counts.
                }
                Files.delete(made);
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new StartFailure("cannot keep the cluster's id in " + file, e);
        }
    }

    /** Announces this member before it joins, and answers the others that answer. */
    List<String> join(String host, int port) {
        try {
            Path own = root.resolve("nodes").resolve(host + "_" + port + MEMBER);
            Files.writeString(own, host + ":" + port);
            member = own;
            List<String> others = new ArrayList<>();
            try (Stream<Path> files = Files.list(root.resolve("nodes"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(MEMBER)).toList()) {
                    String address = Files.readString(file).strip();
                    if (!file.equals(own) && answers(address)) {
                        others.add(address);
                    }
                }
            }
            return others;
        } catch (IOException e) {
            throw new StartFailure("cannot announce this node in " + root, e);
        }
    }

    private static boolean answers(String address) {
        int colon = address.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                    CONNECT_MILLIS);
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /**
     * A port that is free now, below 32768: above it Linux hands out ports to clients, and one of them could have it
     * before the caller binds it.
     */
    static int freePort(String host) {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < PORTS_TRIED; i++) {
            try (ServerSocket socket =
                    new ServerSocket(random.nextInt(LOWEST_PORT, HIGHEST_PORT), 1, InetAddress.getByName(host))) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                continue;
            } catch (IOException e) {
                throw new StartFailure("cannot listen on " + host, e);
            }
        }
        throw new StartFailure("no free port on " + host);
    }

    /** Whether the port can be bound; otherwise a start failure that names the setting. */
    static void checkFree(String host, int port, String setting, String variable) {
        if (port == 0) {
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw new StartFailure(
                    "port " + port + " on " + host + " is taken: choose another with " + setting + " (" + variable
                            + ")",
                    e);
        }
    }

    /** Writes a file that only its owner may read, whole or not at all. */
    static void writePrivate(Path file, String text) {
        try {
            Path made = Files.createTempFile(
                    file.toAbsolutePath().getParent(),
                    file.getFileName().toString(),
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(made, text);
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new StartFailure("cannot write " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            if (member != null) {
                Files.deleteIfExists(member);
            }
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
