package io.weir.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.weir.settings.WeirSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import javax.net.ssl.X509KeyManager;

/**
 * What TLS at the front door is made of, as it stands in the files.
 *
 * @param certificate PEM of the certificate and its chain
 * @param key PEM of the certificate's key
 * @param clientCa PEM of the authorities of client certificates; empty for none
 */
record TlsMaterial(Buffer certificate, Buffer key, Buffer clientCa) {
    private static final byte[] PROBE = HexFormat.of().parseHex("5765697221");

    /** Reads the files. Blocks. */
    static TlsMaterial read(WeirSettings.Tls settings) throws IOException {
        return new TlsMaterial(
                file(settings.certificate()),
                file(settings.key()),
                settings.clientCa().isBlank() ? Buffer.buffer() : file(settings.clientCa()));
    }

    private static Buffer file(String path) throws IOException {
        return Buffer.buffer(Files.readAllBytes(Path.of(path)));
    }

    /**
     * The server's own certificate, once key and certificate are known to belong together. Blocks.
     *
     * @throws GeneralSecurityException where a file holds something else than it should
     */
    X509Certificate check(Vertx vertx) throws GeneralSecurityException {
        X509Certificate own =
                certificates(certificate, "the certificate's file").getFirst();
        if (clientCa.length() > 0) {
            certificates(clientCa, "the file of client authorities");
        }
        PrivateKey secret = key(vertx, own.getPublicKey().getAlgorithm());
        Signature signature = Signature.getInstance(algorithm(own.getPublicKey().getAlgorithm()));
        signature.initSign(secret);
        signature.update(PROBE);
        byte[] signed = signature.sign();
        signature.initVerify(own.getPublicKey());
        signature.update(PROBE);
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the key is not the certificate's");
        }
        return own;
    }

    private PrivateKey key(Vertx vertx, String algorithm) throws GeneralSecurityException {
        try {
            X509KeyManager manager =
                    (X509KeyManager) pem().getKeyManagerFactory(vertx).getKeyManagers()[0];
            String[] aliases = manager.getServerAliases(algorithm, null);
            PrivateKey found = aliases == null ? null : manager.getPrivateKey(aliases[0]);
            if (found != null) {
                return found;
            }
        } catch (Exception e) {
            throw new GeneralSecurityException("the key's file holds no key in PEM (PKCS#8): " + e.getMessage(), e);
        }
        throw new GeneralSecurityException("the key is not of the certificate's kind, " + algorithm);
    }

    private static String algorithm(String key) {
        return switch (key) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key;
        };
    }

    private static List<X509Certificate> certificates(Buffer pem, String what) throws CertificateException {
        Collection<?> read =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem.getBytes()));
        if (read.isEmpty()) {
            throw new CertificateException(what + " holds no certificate in PEM");
        }
        return read.stream().map(X509Certificate.class::cast).toList();
    }

    private PemKeyCertOptions pem() {
        return new PemKeyCertOptions().addCertValue(certificate).addKeyValue(key);
    }

    /** A server's options with TLS by this, and HTTP/2 for who asks for it (ALPN). */
    HttpServerOptions on(HttpServerOptions options, WeirSettings.Tls settings) {
        options.setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(pem())
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(settings.protocols()));
        settings.ciphers().forEach(options::addEnabledCipherSuite);
        if (clientCa.length() > 0) {
            options.setClientAuth(ClientAuth.REQUEST).setTrustOptions(new PemTrustOptions().addCertValue(clientCa));
        }
        return options;
    }
}
