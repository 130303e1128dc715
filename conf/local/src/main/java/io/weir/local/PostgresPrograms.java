package io.weir.local;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The Postgres server programs (initdb, pg_ctl, postgres), unpacked once per user and version.
 *
 * <p>They lie in the user's cache directory under a name that holds the archive's digest; unpacking goes to a sibling
 * directory that is renamed when complete, under a file lock, so two processes starting at once, or one killed half
 * way, cannot leave half a server behind.
 */
final class PostgresPrograms {
    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

    private final Path home;

    private PostgresPrograms(Path home) {
        this.home = home;
    }

    static synchronized PostgresPrograms unpacked() throws IOException {
        Path cache = cacheDirectory();
        Path home = cache.resolve("postgres-" + digest());
        if (!Files.isDirectory(home)) {
            try (FileChannel channel = FileChannel.open(
                    cache.resolve("postgres.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                FileLock lock = channel.lock();
                if (!Files.isDirectory(home)) {
                    unpack(home);
                }
                lock.release();
            }
        }
        return new PostgresPrograms(home);
    }

    /** The command line that runs one of the programs. */
    List<String> command(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            // Postgres refuses root. In a user namespace without a mapping it sees an ordinary user, while the kernel
            // still lets it at root's files.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(home.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static Path cacheDirectory() throws IOException {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path root = configured == null || configured.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        try {
            Path cache = root.resolve("weir");
            PrivateFiles.createDirectories(cache);
            return cache;
        } catch (IOException noHome) {
            // The temporary directory is everybody's: the name holds the user, and another's directory is refused.
            Path cache = Path.of(System.getProperty("java.io.tmpdir"), "weir-cache-" + System.getProperty("user.name"));
            PrivateFiles.createDirectories(cache);
            return cache;
        }
    }

    private static String digest() throws IOException {
        try (InputStream archive = archive()) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive.readAllBytes());
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream archive() {
        InputStream archive = PostgresPrograms.class.getResourceAsStream(ARCHIVE);
        if (archive == null) {
            throw new IllegalStateException("The class path holds no " + ARCHIVE);
        }
        return archive;
    }

    private static void unpack(Path home) throws IOException {
        Path partial = home.resolveSibling(home.getFileName() + ".partial");
        PrivateFiles.deleteTree(partial);
        Files.createDirectories(partial);
        try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive())))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path target = partial.resolve(entry.getName()).normalize();
                if (!target.startsWith(partial)) {
                    throw new IOException("An entry leaves the archive: " + entry.getName());
                }
                unpack(tar, entry, target);
            }
        }
        Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        if ((entry.getMode() & 0100) != 0) {
            Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(target));
            mode.add(PosixFilePermission.OWNER_EXECUTE);
            Files.setPosixFilePermissions(target, mode);
        }
    }
}
