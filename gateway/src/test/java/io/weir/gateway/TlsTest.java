package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The front door behind TLS: HTTP/2, and certificates that change under it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsTest {
    private static final Authority AUTHORITY = new Authority("test authority");

    private final RunningNode plain = RunningNode.start(Map.of());
    private final HttpClient http2 =
            HttpClient.newBuilder().sslContext(AUTHORITY.trusting(null)).build();
    private final Authority.Issued first = AUTHORITY.server();

    @TempDir
    private static Path directory;

    private RunningNode node;

    @BeforeAll
    void start() {
        store(first);
        node = plain.second(Map.of(
                "WEIR_HTTP_TLS_ENABLED",
                "true",
                "WEIR_HTTP_TLS_CERTIFICATE",
                directory.resolve("cert.pem").toString(),
                "WEIR_HTTP_TLS_KEY",
                directory.resolve("key.pem").toString(),
                "WEIR_HTTP_TLS_POLL_MILLIS",
                "100"));
    }

    @BeforeEach
    void the_first_certificate() {
        store(first);
        Eventually.holds("the first certificate", this::shown, first.certificate()::equals);
    }

    @AfterAll
    void leave_nothing_running() {
        http2.close();
        node.close();
        plain.close();
    }

    @Test
    void every_operation_answers_over_http2_as_documented() throws Exception {
        Contract contract = new Contract();
        Map<String, Asking> questions = Questions.of(plain, Story.happen(plain));
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, Asking> question : questions.entrySet()) {
            Asking asking = question.getValue().by(node.key("admin"));
            HttpResponse<String> answer = http2.send(over(asking), HttpResponse.BodyHandlers.ofString());
            assertEquals(HttpClient.Version.HTTP_2, answer.version());
            if (answer.statusCode() / 100 != 2) {
                wrong.add(question.getKey() + " " + answer.statusCode() + " " + answer.body());
            }
            contract.wrong(contract.operation(question.getKey()), answer)
                    .forEach(one -> wrong.add(question.getKey() + ": " + one));
        }
        assertEquals(List.of(), wrong);
    }

    private HttpRequest over(Asking asking) {
        String body = asking.body();
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(asking.url().replace(plain.url(), node.url())))
                .method(
                        asking.method(),
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        asking.headers().forEach(request::header);
        return request.build();
    }

    @Test
    void a_refused_upload_over_http2_is_answered_and_the_connection_goes_on() throws Exception {
        for (int i = 0; i < 30; i++) {
            HttpRequest upload = HttpRequest.newBuilder(URI.create(node.url() + "/v1/events"))
                    .header("Content-Type", Story.BATCH)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100_000]))
                    .build();
            assertEquals(
                    401,
                    http2.send(upload, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
        assertEquals(200, usage(http2).statusCode());
    }

    @Test
    void http1_is_spoken_where_it_is_asked_for_and_plain_text_is_not() throws Exception {
        try (HttpClient http1 = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(AUTHORITY.trusting(null))
                .build()) {
            HttpResponse<String> answer = usage(http1);
            assertEquals(200, answer.statusCode());
            assertEquals(HttpClient.Version.HTTP_1_1, answer.version());
        }
        assertThrows(
                AssertionError.class, () -> Http.call("http://127.0.0.1:" + node.port(), "GET", "/v1/usage", null));
    }

    @Test
    void an_old_protocol_is_refused() throws IOException {
        try (SSLSocket socket = socket()) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});
            socket.startHandshake();
        }
        try (SSLSocket socket = socket()) {
            assertThrows(IllegalArgumentException.class, () -> socket.setEnabledProtocols(new String[] {"TLSv0.9"}));
            socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"});
            socket.setEnabledProtocols(new String[] {"TLSv1.1"});
            assertThrows(SSLHandshakeException.class, socket::startHandshake);
        }
    }

    @Test
    void a_new_certificate_is_shown_without_a_restart_and_open_connections_go_on() throws IOException {
        Authority.Issued second = AUTHORITY.server();
        try (SSLSocket open = socket()) {
            assertEquals(first.certificate(), certificate(open));
            store(second);
            Eventually.holds("the new certificate", this::shown, second.certificate()::equals);
            assertTrue(ask(open).startsWith("HTTP/1.1 200"), "an open connection goes on");
            assertEquals(first.certificate(), certificate(open));
        }
        assertTrue(node.metric("weir_tls_reloads_total{outcome=\"reloaded\"}").signum() > 0);
    }

    @Test
    void broken_files_keep_the_old_certificate_and_show_until_they_are_mended() throws IOException {
        Authority.Issued another = AUTHORITY.server();
        List<Runnable> breakages = List.of(
                () -> Authority.write(directory.resolve("cert.pem"), "nothing of use"),
                () -> Authority.write(directory.resolve("cert.pem"), another.certificatePem()),
                () -> Authority.write(directory.resolve("key.pem"), another.keyPem()),
                () -> store(AUTHORITY.server(Instant.now().minusSeconds(60))));
        for (Runnable breakage : breakages) {
            breakage.run();
            Eventually.holds("degraded", this::degraded, on -> on);
            assertEquals(first.certificate(), shown());
            store(first);
            Eventually.holds("mended", this::degraded, on -> !on);
        }
        Files.delete(directory.resolve("key.pem"));
        Eventually.holds("degraded", this::degraded, on -> on);
        assertEquals(first.certificate(), shown());
        assertTrue(node.metric("weir_tls_reloads_total{outcome=\"refused\"}").intValue() >= 5);
        assertEquals(200, node.management("/health/ready").status());
    }

    @Test
    void a_certificate_that_ends_soon_shows() {
        Authority.Issued brief = AUTHORITY.server(Instant.now().plus(3, ChronoUnit.DAYS));
        store(brief);
        Eventually.holds("the brief certificate", this::shown, brief.certificate()::equals);
        assertTrue(degraded());
        int days = node.metric("weir_tls_certificate_remaining_seconds").intValue() / 86_400;
        assertEquals(2, days);
    }

    private void store(Authority.Issued issued) {
        Authority.write(directory.resolve("cert.pem"), issued.certificatePem());
        Authority.write(directory.resolve("key.pem"), issued.keyPem());
    }

    private boolean degraded() {
        return node.management("/health/ready").body().contains("\"certificate\"");
    }

    private SSLSocket socket() throws IOException {
        SSLSocket socket =
                (SSLSocket) AUTHORITY.trusting(null).getSocketFactory().createSocket("127.0.0.1", node.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** The certificate that a new connection is shown. */
    private X509Certificate shown() {
        try (SSLSocket socket = socket()) {
            return certificate(socket);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static X509Certificate certificate(SSLSocket socket) throws IOException {
        socket.startHandshake();
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    private String ask(SSLSocket socket) throws IOException {
        String request = "GET /v1/usage?meter=llm_requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + node.key("admin") + "\r\n\r\n";
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        out.flush();
        InputStream in = socket.getInputStream();
        return new String(in.readNBytes(15), StandardCharsets.US_ASCII);
    }

    private HttpResponse<String> usage(HttpClient client) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/v1/usage?meter=llm_requests"))
                .header("Authorization", "Bearer " + node.key("admin"))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
