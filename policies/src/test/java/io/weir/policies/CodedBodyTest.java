package io.weir.policies;

import static io.weir.policies.Door.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.vertx.core.Vertx;
import io.weir.settings.WeirSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies in a content coding, from the socket on. */
class CodedBodyTest {
    private static final int CAP = 4 << 20;
    private static final WeirSettings.Http SETTINGS = ValidateEventsTest.settings(CAP);

    private final Vertx vertx = Vertx.vertx();
    private final Codings codings = new Codings(SETTINGS);
    private final Door door = new Door(
            vertx,
            new Admission(List.of(new ReadBody(
                    vertx, SETTINGS, codings, Throttles.alone(System::nanoTime), new ByteBudget(1 << 30, 1 << 30)))),
            call -> call.bytes().length() + " " + Arrays.hashCode(call.bytes().getBytes()));

    @AfterEach
    void close() {
        door.close();
        await(vertx.close());
        for (Coding coding : Coding.values()) {
            assertEquals(0, codings.open(coding).get(), "decoders left open");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_is_read_as_it_was_before_its_coding(Coding coding) {
        Random random = new Random(7);
        byte[] hard = new byte[3 << 20];
        random.nextBytes(hard);
        for (byte[] text : List.of(new byte[0], "{}".getBytes(StandardCharsets.UTF_8), hard, new byte[CAP / 100])) {
            String whole = text.length + " " + Arrays.hashCode(text);
            byte[] coded = DecoderTest.coded(coding, text);
            assertEquals(whole, sent(coding.text(), coded));
            assertEquals(whole, sent(coding.text().toUpperCase(java.util.Locale.ROOT), coded));
            assertEquals(
                    whole,
                    door.send(door.request()
                                    .header("Content-Encoding", coding.text())
                                    .POST(HttpRequest.BodyPublishers.ofInputStream(
                                            () -> new ByteArrayInputStream(coded))))
                            .body());
        }
        byte[] text = {1, 2, 3};
        assertEquals("3 " + Arrays.hashCode(text), sent("x-gzip", DecoderTest.coded(Coding.GZIP, text)));
        assertEquals("3 " + Arrays.hashCode(text), sent("identity", text));
    }

    @Test
    void a_coding_that_is_unknown_or_one_of_several_is_refused() {
        byte[] body = DecoderTest.coded(Coding.GZIP, new byte[10]);
        for (String coding : List.of("br", "deflate", "gzip, gzip", "identity, gzip", "gzip;q=1", "aws-chunked")) {
            assertEquals(
                    "UnsupportedMediaType[detail=Content-Encoding " + coding + ", accepted=[gzip, zstd], coding=true]",
                    sent(coding, body));
        }
        assertTrue(door.send(door.request()
                        .header("Content-Encoding", "gzip")
                        .header("Content-Encoding", "identity")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)))
                .body()
                .startsWith("UnsupportedMediaType"));
    }

    @ParameterizedTest
    @EnumSource
    void what_is_corrupt_cut_short_or_followed_by_something_is_unreadable(Coding coding) {
        byte[] coded = DecoderTest.coded(coding, "{\"a\":1}".repeat(100).getBytes(StandardCharsets.UTF_8));
        for (byte[] wrong : List.of(
                new byte[0],
                Arrays.copyOf(coded, coded.length - 1),
                DecoderTest.joined(coded, new byte[] {0}),
                DecoderTest.joined(coded, "more of it".getBytes(StandardCharsets.UTF_8)),
                "{\"a\":1}".getBytes(StandardCharsets.UTF_8))) {
            String answer = sent(coding.text(), wrong);
            assertTrue(answer.startsWith("Unreadable[detail=the " + coding.text() + " body "), answer);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_inflates_beyond_the_cap_is_refused(Coding coding) {
        byte[] hard = new byte[CAP + 1];
        new Random(3).nextBytes(hard);
        for (int i = 0; i < hard.length; i++) {
            hard[i] &= 0x0f;
        }
        assertTrue(sent(coding.text(), DecoderTest.coded(coding, hard)).startsWith("TooLarge[detail=a body may have"));
    }

    @Test
    void bombs_are_refused_at_once_and_without_being_inflated() throws IOException {
        byte[] gzip = gzipBomb(200);
        byte[] zstd = Zstd.compress(new byte[200 << 20]);
        byte[] frames = repeated(Zstd.compress(new byte[1 << 17]), 5_000);
        byte[] members = repeated(DecoderTest.coded(Coding.GZIP, new byte[1 << 17]), 5_000);
        byte[] nested = DecoderTest.coded(Coding.ZSTD, Zstd.compress(new byte[200 << 20]));
        long used = used();
        Assertions.assertTimeout(Duration.ofSeconds(10), () -> {
            for (int i = 0; i < 5; i++) {
                assertTrue(sent("gzip", gzip).startsWith("TooLarge"));
                assertTrue(sent("gzip", members).startsWith("TooLarge"));
                assertTrue(sent("zstd", zstd).startsWith("TooLarge"));
                assertTrue(sent("zstd", frames).startsWith("TooLarge"));
                assertTrue(sent("zstd", nested).matches("[0-9]+ .*"), "one coding is undone, never two");
            }
        });
        assertTrue(used() - used < 64 << 20, "memory stays");
    }

    @Test
    void what_compresses_badly_hides_no_bomb() {
        byte[] hard = new byte[CAP / 2];
        new Random(1).nextBytes(hard);
        for (Coding coding : Coding.values()) {
            byte[] hidden =
                    DecoderTest.joined(DecoderTest.coded(coding, hard), DecoderTest.coded(coding, new byte[100 << 20]));
            assertTrue(sent(coding.text(), hidden).startsWith("TooLarge"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void there_are_so_many_decoders_at_once(Coding coding) throws IOException {
        int most = coding == Coding.GZIP ? SETTINGS.maxGzipBodies() : SETTINGS.maxZstdBodies();
        byte[] coded = DecoderTest.coded(coding, new byte[10]);
        Socket[] slow = new Socket[most];
        try {
            for (int i = 0; i < most; i++) {
                slow[i] = new Socket("127.0.0.1", door.port());
                slow[i].getOutputStream()
                        .write(("POST /v1/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Encoding: "
                                        + coding.text() + "\r\nContent-Length: " + coded.length + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertEquals('H', slow[i].getInputStream().read(), "it is being read");
            }
            assertTrue(sent(coding.text(), coded).startsWith("Unavailable[detail=too many " + coding.text()));
        } finally {
            for (Socket socket : slow) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
    }

    private String sent(String coding, byte[] body) {
        return door.send(door.request()
                        .header("Content-Encoding", coding)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)))
                .body();
    }

    private static byte[] gzipBomb(int mib) throws IOException {
        ByteArrayOutputStream coded = new ByteArrayOutputStream();
        byte[] zeros = new byte[1 << 20];
        try (GZIPOutputStream out = new GZIPOutputStream(coded)) {
            for (int i = 0; i < mib; i++) {
                out.write(zeros);
            }
        }
        return coded.toByteArray();
    }

    private static byte[] repeated(byte[] one, int times) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(one);
        }
        return all.toByteArray();
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
