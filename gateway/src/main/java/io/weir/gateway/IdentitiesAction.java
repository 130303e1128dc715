package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.policies.Call;
import io.weir.policies.ClientCertificate;
import io.weir.policies.ClientCertificates;
import io.weir.policies.TokenSubject;
import io.weir.policies.TokenSubjects;
import io.weir.schemas.Commands;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Who a client certificate, or a subject of a token issuer, is: the answers to its administration. */
final class IdentitiesAction {
    private final ClientCertificates certificates;
    private final TokenSubjects subjects;

    IdentitiesAction(ClientCertificates certificates, TokenSubjects subjects) {
        this.certificates = certificates;
        this.subjects = subjects;
    }

    /** A client certificate as it is sent: as PEM, by its fingerprint, or by subject and issuer. */
    private record Certificate(
            @Nullable String certificate,
            @Nullable String fingerprint,
            @Nullable String subject,
            @Nullable String issuer,
            String principal,
            List<String> scopes,
            String tier,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter) {}

    private record Subject(String issuer, String subject, String principal) {}

    Future<Answer> putCertificate(Call call) {
        ClientCertificate content =
                read(Requests.id(call, "certificate", id -> id), MasterDataAction.content(call, Certificate.class));
        return certificates
                .put(call.caller().tenant(), call.actor(), content, Requests.ifMatch(call))
                .compose(stored ->
                        certificates.get(call.caller().tenant(), content.name()).compose(now -> stored(stored, now)));
    }

    Future<Answer> certificate(Call call) {
        return certificates
                .get(call.caller().tenant(), Requests.id(call, "certificate", id -> id))
                .compose(found -> Requests.found(found, "client certificate"))
                .map(found -> Requests.resource(call, 200, found.revision(), found));
    }

    Future<Answer> certificates(Call call) {
        return certificates
                .list(call.caller().tenant(), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> revokeCertificate(Call call) {
        return certificates
                .revoke(call.caller().tenant(), call.actor(), Requests.id(call, "certificate", id -> id))
                .compose(there -> gone(there, "client certificate"));
    }

    Future<Answer> putSubject(Call call) {
        String name = Requests.id(call, "subject", id -> id);
        Subject sent = MasterDataAction.content(call, Subject.class);
        TokenSubject content = new TokenSubject(name, sent.issuer, sent.subject, sent.principal, null, 0);
        return subjects.put(call.caller().tenant(), call.actor(), content, Requests.ifMatch(call))
                .compose(stored -> subjects.get(call.caller().tenant(), name).compose(now -> stored(stored, now)));
    }

    Future<Answer> subject(Call call) {
        return subjects.get(call.caller().tenant(), Requests.id(call, "subject", id -> id))
                .compose(found -> Requests.found(found, "token subject"))
                .map(found -> Requests.resource(call, 200, found.revision(), found));
    }

    Future<Answer> subjects(Call call) {
        return subjects.list(call.caller().tenant(), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> deleteSubject(Call call) {
        return subjects.delete(call.caller().tenant(), call.actor(), Requests.id(call, "subject", id -> id))
                .compose(there -> gone(there, "token subject"));
    }

    private static Future<Answer> stored(Commands.Stored stored, Optional<? extends Record> now) {
        return Requests.found(now, "object")
                .map(found -> Answer.json(stored.created() ? 201 : 200, found)
                        .with("ETag", Requests.etag(stored.revision())));
    }

    private static Future<Answer> gone(boolean there, String what) {
        return there
                ? Future.succeededFuture(Answer.empty(204))
                : Future.failedFuture(new RefusedException(new Refusal.NotFound(what)));
    }

    private static ClientCertificate read(String name, Certificate sent) {
        List<FieldError> errors = new ArrayList<>();
        String fingerprint = sent.certificate == null
                ? sent.fingerprint == null
                        ? null
                        : sent.fingerprint.replace(":", "").toLowerCase(Locale.ROOT)
                : fingerprint(sent.certificate, errors);
        String subject = name(sent.subject, "/subject", errors);
        String issuer = name(sent.issuer, "/issuer", errors);
        for (int i = 0; i < sent.scopes.size(); i++) {
            if (Scope.of(sent.scopes.get(i)).isEmpty()) {
                errors.add(new FieldError("/scopes/" + i, "no such scope"));
            }
        }
        if (sent.notBefore != null && sent.notAfter != null && !sent.notBefore.isBefore(sent.notAfter)) {
            errors.add(new FieldError("/notAfter", "must be after notBefore"));
        }
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
        List<String> scopes = sent.scopes.stream().distinct().sorted().toList();
        return new ClientCertificate(
                name,
                fingerprint,
                subject,
                issuer,
                sent.principal,
                scopes,
                sent.tier,
                micros(sent.notBefore),
                micros(sent.notAfter),
                null,
                null,
                0);
    }

    private static @Nullable String fingerprint(String pem, List<FieldError> errors) {
        try {
            byte[] der = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))
                    .getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
        } catch (GeneralSecurityException e) {
            errors.add(new FieldError("/certificate", "is no X.509 certificate in PEM"));
            return null;
        }
    }

    /** A distinguished name in the one form that it is compared in. */
    private static @Nullable String name(@Nullable String text, String pointer, List<FieldError> errors) {
        try {
            return text == null ? null : new X500Principal(text).getName(X500Principal.RFC2253);
        } catch (IllegalArgumentException e) {
            errors.add(new FieldError(pointer, "is no distinguished name (RFC 2253)"));
            return null;
        }
    }

    private static @Nullable Instant micros(@Nullable Instant at) {
        return at == null ? null : at.truncatedTo(java.time.temporal.ChronoUnit.MICROS);
    }
}
