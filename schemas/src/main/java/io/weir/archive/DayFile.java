package io.weir.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file that is written once, forced to the disk, and known by its SHA-256. */
final class DayFile extends OutputStream {
    private static final int BUFFER = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final MessageDigest digest = sha256();
    private final OutputStream out;
    private long bytes;

    DayFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.out = new DigestOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER), digest);
    }

    /** Where the next byte goes. */
    long bytes() {
        return bytes;
    }

    @Override
    public void write(int b) throws IOException {
        out.write(b);
        bytes++;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        out.write(from, offset, length);
        bytes += length;
    }

    /** Forces it to the disk and closes it. */
    Manifest.Content finish() throws IOException {
        try (channel) {
            out.flush();
            channel.force(true);
        }
        return new Manifest.Content(name(path), bytes, HexFormat.of().formatHex(digest.digest()));
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file as it lies there. */
    static Manifest.Content read(Path path) throws IOException {
        MessageDigest digest = sha256();
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
            long bytes = in.transferTo(OutputStream.nullOutputStream());
            return new Manifest.Content(name(path), bytes, HexFormat.of().formatHex(digest.digest()));
        }
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
