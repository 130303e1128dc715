package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DecoderTest {
    private static final byte[] TEXT =
            "a line of usage, and again a line of usage\n".repeat(50).getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @EnumSource
    void pieces_make_no_difference(Coding coding) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            byte[] text = new byte[random.nextInt(200_000)];
            for (int b = 0; b < text.length; b++) {
                text[b] = (byte) random.nextInt(i % 2 == 0 ? 256 : 4);
            }
            byte[] coded = coded(coding, text);
            int piece = 1 + random.nextInt(Math.max(1, i % 3 == 0 ? 20 : coded.length));
            assertArrayEquals(text, decoded(coding, coded, piece), "seed " + seed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void several_of_them_in_a_row_are_one_body(Coding coding) throws Exception {
        byte[] one = coded(coding, TEXT);
        byte[] nothing = coded(coding, new byte[0]);
        for (int piece : List.of(1, 7, 100_000)) {
            assertArrayEquals(joined(TEXT, TEXT), decoded(coding, joined(one, nothing, one, nothing), piece));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_ends_too_early_is_malformed_wherever_it_is_cut(Coding coding) throws Exception {
        byte[] coded = joined(coded(coding, TEXT), coded(coding, TEXT));
        int first = coded(coding, TEXT).length;
        for (int length = 0; length < coded.length; length++) {
            byte[] cut = Arrays.copyOf(coded, length);
            if (length == first) {
                assertArrayEquals(TEXT, decoded(coding, cut, 50));
            } else {
                assertThrows(Decoder.Malformed.class, () -> decoded(coding, cut, 50), "cut at " + length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_follows_and_is_not_of_the_coding_is_malformed(Coding coding) {
        byte[] garbage = joined(coded(coding, TEXT), "garbage".getBytes(StandardCharsets.UTF_8));
        for (int piece : List.of(1, 100_000)) {
            assertThrows(Decoder.Malformed.class, () -> decoded(coding, garbage, piece));
            assertThrows(
                    Decoder.Malformed.class, () -> decoded(coding, joined(coded(coding, TEXT), new byte[30]), piece));
            assertThrows(Decoder.Malformed.class, () -> decoded(coding, TEXT, piece));
        }
    }

    @Test
    void a_changed_byte_of_gzip_is_noticed() throws Exception {
        byte[] coded = coded(Coding.GZIP, TEXT);
        for (int i = 0; i < coded.length; i++) {
            byte[] changed = coded.clone();
            changed[i] ^= 0x04;
            // Time, extra flags and system are free to be anything.
            if (i < 4 || i > 9) {
                assertThrows(Decoder.Malformed.class, () -> decoded(Coding.GZIP, changed, 1_000), "byte " + i);
            }
        }
    }

    @Test
    void every_optional_part_of_a_gzip_header_is_stepped_over() throws Exception {
        byte[] plain = coded(Coding.GZIP, TEXT);
        ByteArrayOutputStream rich = new ByteArrayOutputStream();
        rich.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0x1f, 1, 2, 3, 4, 0, 3, 5, 0, 'e', 'x', 't', 'r', 'a'});
        rich.writeBytes("name\0comment\0".getBytes(StandardCharsets.ISO_8859_1));
        CRC32 checksum = new CRC32();
        checksum.update(rich.toByteArray());
        rich.write((int) checksum.getValue());
        rich.write((int) (checksum.getValue() >> 8));
        rich.write(plain, 10, plain.length - 10);
        for (int piece : List.of(1, 3, 100_000)) {
            assertArrayEquals(
                    joined(TEXT, TEXT), decoded(Coding.GZIP, joined(rich.toByteArray(), rich.toByteArray()), piece));
        }
        byte[] wrong = rich.toByteArray();
        wrong[12]++;
        assertThrows(Decoder.Malformed.class, () -> decoded(Coding.GZIP, wrong, 1));
    }

    @Test
    void a_frame_that_asks_for_a_larger_window_than_8_mib_is_refused() throws Exception {
        byte[] text = new byte[20 << 20];
        assertThrows(Decoder.Malformed.class, () -> decoded(Coding.ZSTD, zstd(text, 24), 1_000));
        assertEquals(text.length, decoded(Coding.ZSTD, zstd(text, 23), 1_000).length);
    }

    @Test
    void skippable_frames_are_skipped() throws Exception {
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
        assertArrayEquals(TEXT, decoded(Coding.ZSTD, joined(skippable, coded(Coding.ZSTD, TEXT), skippable), 5));
    }

    @ParameterizedTest
    @EnumSource
    void what_a_bomb_inflates_to_is_never_held(Coding coding) throws Exception {
        byte[] bomb = coded(coding, new byte[64 << 20]);
        byte[] slice = new byte[1 << 15];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Decoder decoder = coding.decoder()) {
            decoder.give(bomb);
            assertTrue(decoder.read(slice) > 0);
            long before = threads.getCurrentThreadAllocatedBytes();
            long inflated = 0;
            for (int bytes; (bytes = decoder.read(slice)) > 0; ) {
                inflated += bytes;
            }
            decoder.end();
            assertTrue(inflated > 63 << 20, inflated + " bytes");
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 1 << 20, allocated + " bytes allocated");
        }
    }

    static byte[] coded(Coding coding, byte[] text) {
        return switch (coding) {
            case GZIP -> gzip(text);
            case ZSTD -> Zstd.compress(text);
        };
    }

    private static byte[] gzip(byte[] text) {
        ByteArrayOutputStream coded = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(coded)) {
            out.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return coded.toByteArray();
    }

    static byte[] zstd(byte[] text, int windowLog) throws IOException {
        ByteArrayOutputStream coded = new ByteArrayOutputStream();
        try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(coded)) {
            out.setLong(windowLog);
            out.write(text);
        }
        return coded.toByteArray();
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] decoded(Coding coding, byte[] coded, int piece) throws Decoder.Malformed {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] slice = new byte[777];
        try (Decoder decoder = coding.decoder()) {
            for (int from = 0; from < coded.length; from += piece) {
                decoder.give(Arrays.copyOfRange(coded, from, Math.min(coded.length, from + piece)));
                for (int bytes; (bytes = decoder.read(slice)) > 0; ) {
                    text.write(slice, 0, bytes);
                }
            }
            decoder.end();
        }
        return text.toByteArray();
    }
}
