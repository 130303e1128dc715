package io.weir.policies;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.weir.schemas.Ids;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.schemas.Text;
import io.weir.settings.AdmissionSettings;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an access token must say (RFC 9068, after RFC 8725) before its signature is looked at: the issuer is the one that its
 * rules are of; algorithm, type, audience, time and who it is about are checked against the settings, and nothing in the token
 * itself says how it is to be checked ({@code jku}, {@code x5u}, {@code jwk} and {@code x5c} are not read).
 */
final class TokenRules {
    private static final Set<JOSEObjectType> ACCESS_TOKEN =
            Set.of(new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));
    private static final int LONGEST_SUBJECT = 255;

    private final AdmissionSettings.Issuer issuer;
    private final Duration skew;

    TokenRules(AdmissionSettings.Issuer issuer, Duration skew) {
        this.issuer = issuer;
        this.skew = skew;
    }

    /**
     * What a token claims; to be believed once its signature was checked.
     *
     * @param until when it has expired, the clock's skew added
     * @param certificate thumbprint of the client certificate that it is bound to (RFC 8705); null for none
     */
    record Claims(
            String subject,
            TenantId tenant,
            Set<Scope> scopes,
            Instant until,
            @Nullable String certificate) {}

    /** The token's text taken apart; refused where it is no signed token at all. */
    static SignedJWT parsed(String text) {
        try {
            return SignedJWT.parse(text);
        } catch (ParseException | IllegalArgumentException e) {
            throw refused("the token is malformed");
        }
    }

    /** The token's claims, of which nothing is checked yet. */
    static JWTClaimsSet claims(SignedJWT token) {
        try {
            return Objects.requireNonNull(token.getJWTClaimsSet());
        } catch (ParseException | NullPointerException e) {
            throw refused("the token is malformed");
        }
    }

    /** Checks all but the signature. */
    Claims check(SignedJWT token, JWTClaimsSet claims, Instant now) {
        header(token.getHeader());
        if (!claims.getAudience().contains(issuer.audience())) {
            throw refused("the token is for another audience");
        }
        Instant until = time(claims.getExpirationTime(), "exp").plus(skew);
        Instant issued = time(claims.getIssueTime(), "iat");
        Date begins = claims.getNotBeforeTime();
        if (!now.isBefore(until)) {
            throw refused("the token has expired");
        }
        if (now.plus(skew).isBefore(issued) || (begins != null && now.plus(skew).isBefore(begins.toInstant()))) {
            throw refused("the token is not valid yet");
        }
        return named(claims, until);
    }

    private void header(JWSHeader header) {
        if (!issuer.algorithms().contains(header.getAlgorithm().getName())) {
            throw refused("the token's algorithm is not taken");
        }
        if (header.getType() == null || !ACCESS_TOKEN.contains(header.getType())) {
            throw refused("the token's typ is not at+jwt");
        }
        if (header.getCriticalParams() != null) {
            throw refused("the token has crit, and nothing in it is known");
        }
        if (header.getKeyID() == null) {
            throw refused("the token names no key");
        }
    }

    private Claims named(JWTClaimsSet claims, Instant until) {
        String subject = claims.getSubject();
        if (subject == null || subject.isEmpty() || subject.length() > LONGEST_SUBJECT || !Text.printable(subject)) {
            throw refused("the token has no usable sub");
        }
        if (!(claims.getClaim("client_id") instanceof String client) || client.isEmpty()) {
            throw refused("the token has no client_id");
        }
        if (!(claims.getClaim(issuer.tenantClaim()) instanceof String tenant)
                || !Ids.valid(tenant)
                || !(issuer.tenants().isEmpty() || issuer.tenants().contains(tenant))) {
            throw refused("the token names no tenant that its issuer may speak for");
        }
        return new Claims(
                subject, new TenantId(tenant), scopes(claims.getClaim(issuer.scopeClaim())), until, bound(claims));
    }

    private static Set<Scope> scopes(@Nullable Object claim) {
        return switch (claim) {
            case String text -> CredentialTable.scopes(text.split(" "));
            case List<?> list ->
                CredentialTable.scopes(list.stream().map(String::valueOf).toArray(String[]::new));
            case null, default -> Set.of();
        };
    }

    /** The certificate that the token is bound to; a binding that is not understood is not ignored. */
    private static @Nullable String bound(JWTClaimsSet claims) {
        Object confirmation = claims.getClaim("cnf");
        if (confirmation == null) {
            return null;
        }
        if (confirmation instanceof Map<?, ?> how && how.size() == 1 && how.get("x5t#S256") instanceof String thumb) {
            return thumb;
        }
        throw refused("the token is bound in a way that is not known here");
    }

    private static Instant time(@Nullable Date date, String claim) {
        if (date == null) {
            throw refused("the token has no " + claim);
        }
        return date.toInstant();
    }

    static RefusedException refused(String detail) {
        return new RefusedException(new Refusal.Unauthenticated(detail));
    }
}
