package io.weir.gateway;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** A certificate authority of a test's own; writes X.509 (RFC 5280) itself, since the JDK can only read it. */
final class Authority {
    private static final byte[] ECDSA_SHA256 = hex("300a06082a8648ce3d040302");
    private static final byte[] CA_TRUE = hex("300f0603551d130101ff040530030101ff");
    private static final byte[] ALTERNATIVE_NAME = hex("0603551d11");
    /** The names localhost and 127.0.0.1. */
    private static final byte[] LOCALHOST = hex("3011" + "82096c6f63616c686f7374" + "87047f000001");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final AtomicLong SERIAL = new AtomicLong(System.nanoTime());
    static final Instant SOME_TIME_AGO = Instant.now().minus(1, ChronoUnit.DAYS);

    private final KeyPair keys = keys();
    private final X500Principal name;
    private final X509Certificate certificate;

    Authority(String name) {
        this.name = new X500Principal("CN=" + name);
        this.certificate =
                sign(this.name, keys.getPublic(), SOME_TIME_AGO, SOME_TIME_AGO.plus(3_650, ChronoUnit.DAYS), CA_TRUE);
    }

    /** A certificate and its key. */
    record Issued(X509Certificate certificate, KeyPair keys) {
        String certificatePem() {
            return pem("CERTIFICATE", encoded(certificate));
        }

        String keyPem() {
            return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
        }
    }

    /** A certificate for localhost and 127.0.0.1, good until then. */
    Issued server(Instant until) {
        KeyPair own = keys();
        byte[] names = der(0x30, ALTERNATIVE_NAME, der(0x04, LOCALHOST));
        return new Issued(sign(new X500Principal("CN=localhost"), own.getPublic(), SOME_TIME_AGO, until, names), own);
    }

    Issued server() {
        return server(SOME_TIME_AGO.plus(90, ChronoUnit.DAYS));
    }

    /** A client's certificate. */
    Issued client(String subject, Instant until) {
        KeyPair own = keys();
        return new Issued(sign(new X500Principal(subject), own.getPublic(), SOME_TIME_AGO, until, new byte[0]), own);
    }

    String pem() {
        return pem("CERTIFICATE", encoded(certificate));
    }

    /** TLS of a client that trusts this authority, with a certificate of its own where one is given. */
    SSLContext trusting(@Nullable Issued own) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            KeyStore held = KeyStore.getInstance("PKCS12");
            held.load(null, null);
            if (own != null) {
                X509Certificate[] chain = {own.certificate};
                held.setKeyEntry("own", own.keys.getPrivate(), new char[0], chain);
            }
            KeyManagerFactory mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            mine.init(held, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(mine.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private X509Certificate sign(X500Principal subject, PublicKey key, Instant from, Instant to, byte[] extension) {
        byte[] span = der(0x30, time(from), time(to));
        byte[] serial =
                der(0x02, java.math.BigInteger.valueOf(SERIAL.incrementAndGet()).toByteArray());
        byte[] extensions = extension.length == 0 ? new byte[0] : der(0xa3, der(0x30, extension));
        byte[] content = der(
                0x30,
                hex("a003020102"),
                serial,
                ECDSA_SHA256,
                name.getEncoded(),
                span,
                subject.getEncoded(),
                key.getEncoded(),
                extensions);
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(content);
            byte[] whole = der(0x30, content, ECDSA_SHA256, der(0x03, new byte[1], signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] time(Instant at) {
        return der(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    /** A value in DER: tag, length, parts. */
    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        if (length >= 0x100) {
            whole.write(0x82);
            whole.write(length >> 8);
        } else if (length >= 0x80) {
            whole.write(0x81);
        }
        whole.write(length);
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + what + "-----\n";
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
