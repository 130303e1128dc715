package io.weir.entitlement;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.EntitlementRules.Balance;
import io.weir.entitlement.EntitlementRules.Decision;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Decimals;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An answer about a feature of a customer: immutable content, its JSON prepared but for what tells how fresh it is.
 *
 * <p>{@link #asOf} moves on while the customer's account is known to be unchanged. {@link #source} and being
 * {@link #outdated} belong to this copy of the answer: how it was come by.
 */
public final class Answer {
    private static final String CACHE = "cache";
    private static final String POSTGRES = "postgres";
    private static final byte[][] TAILS = {
        tail(CACHE, false), tail(CACHE, true), tail(POSTGRES, false), tail(POSTGRES, true)
    };

    private final Account account;
    private final Feature asked;
    private final Decision decision;
    private final long version;
    private final byte[] head;
    private final byte[] end;
    private final CharSequence etag;
    private final CharSequence staleEtag;
    private final String source;
    private final boolean outdated;

    Answer(Account account, Feature asked, Decision decision, long version) {
        this.account = account;
        this.asked = asked;
        this.decision = decision;
        this.version = version;
        this.head = head();
        this.end = utf8(version + "}");
        CRC32C content = new CRC32C();
        content.update(head);
        String weak = "W/\"" + version + "-" + Long.toHexString(content.getValue());
        this.etag = HttpHeaders.createOptimized(weak + "\"");
        this.staleEtag = HttpHeaders.createOptimized(weak + "-stale\"");
        this.source = CACHE;
        this.outdated = false;
    }

    private Answer(Answer content, String source, boolean outdated) {
        this.account = content.account;
        this.asked = content.asked;
        this.decision = content.decision;
        this.version = content.version;
        this.head = content.head;
        this.end = content.end;
        this.etag = content.etag;
        this.staleEtag = content.staleEtag;
        this.source = source;
        this.outdated = outdated;
    }

    /** The same content, just read from Postgres. */
    Answer justLoaded() {
        return new Answer(this, POSTGRES, false);
    }

    /** The same content, though it is known that it may have changed and cannot be read now. */
    Answer asOutdated() {
        return new Answer(this, CACHE, true);
    }

    public CustomerId customer() {
        return account.customer();
    }

    public FeatureKey feature() {
        return asked.key();
    }

    /** Such as {@code metered}. */
    public String kind() {
        return asked.kind().text();
    }

    public boolean granted() {
        return decision.reason().granted();
    }

    /** Such as {@code within_limit}. */
    public String reason() {
        return decision.reason().text();
    }

    /** Null where unlimited, or not metered. */
    public @Nullable BigDecimal limit() {
        Balance balance = decision.balance();
        return balance == null ? null : balance.limit();
    }

    /** Counted in the current calendar month (UTC); null where not metered. */
    public @Nullable BigDecimal used() {
        Balance balance = decision.balance();
        return balance == null ? null : balance.used();
    }

    /** Null where not metered. */
    public @Nullable BigDecimal held() {
        return decision.balance() == null ? null : BigDecimal.ZERO;
    }

    /** Null where unlimited, or not metered. */
    public @Nullable BigDecimal remaining() {
        Balance balance = decision.balance();
        return balance == null ? null : balance.remaining();
    }

    /** {@code block}, {@code bill} or {@code allow}; null where not metered. */
    public @Nullable String overage() {
        Balance balance = decision.balance();
        return balance == null ? null : balance.overage().text();
    }

    /** Null where not metered. */
    public @Nullable Instant resetsAt() {
        Balance balance = decision.balance();
        return balance == null ? null : balance.resetsAt();
    }

    /** JSON of a static feature; null elsewhere. */
    public @Nullable String config() {
        return decision.config();
    }

    public long version() {
        return version;
    }

    /** The instant up to which this node knows that nothing changed, now. */
    public Instant asOf() {
        return account.asOf();
    }

    /** {@code postgres} where it was read for this very question, else {@code cache}. */
    public String source() {
        return source;
    }

    /** Whether an answer with this {@code asOf} must say so. */
    public boolean stale(Instant asOf) {
        return outdated || account.horizon().stale(asOf);
    }

    /** Weak: equal for equal content, version and staleness, whatever {@code asOf} and source. */
    public CharSequence etag(boolean stale) {
        return stale ? staleEtag : etag;
    }

    /** The Cache-Control header. */
    public CharSequence cacheControl(boolean stale) {
        return account.horizon().cacheControl(stale);
    }

    /** The JSON. */
    public Buffer body(Instant asOf, String source, boolean stale) {
        if (stale) {
            account.horizon().answeredStale();
        }
        byte[] tail = prepared(source, stale);
        byte[] body = new byte[head.length + Timestamp.LENGTH + tail.length + end.length];
        System.arraycopy(head, 0, body, 0, head.length);
        int at = head.length;
        Timestamp.write(asOf, body, at);
        at += Timestamp.LENGTH;
        System.arraycopy(tail, 0, body, at, tail.length);
        System.arraycopy(end, 0, body, at + tail.length, end.length);
        return Buffer.buffer(body);
    }

    private static byte[] prepared(String source, boolean stale) {
        return switch (source) {
            case CACHE -> TAILS[stale ? 1 : 0];
            case POSTGRES -> TAILS[stale ? 3 : 2];
            default -> tail(source, stale);
        };
    }

    private static byte[] tail(String source, boolean stale) {
        return utf8("\",\"source\":" + Json.text(source) + ",\"stale\":" + stale + ",\"version\":");
    }

    private byte[] head() {
        StringBuilder json = new StringBuilder(320)
                .append("{\"customer\":")
                .append(Json.text(customer().value()))
                .append(",\"feature\":")
                .append(Json.text(asked.key().value()))
                .append(",\"kind\":\"")
                .append(kind())
                .append("\",\"granted\":")
                .append(granted())
                .append(",\"reason\":\"")
                .append(reason())
                .append('"');
        Balance balance = decision.balance();
        if (balance != null) {
            json.append(",\"limit\":").append(decimal(balance.limit()));
            json.append(",\"used\":").append(decimal(balance.used()));
            json.append(",\"held\":\"0\",\"remaining\":").append(decimal(balance.remaining()));
            json.append(",\"overage\":\"").append(balance.overage().text());
            json.append("\",\"resetsAt\":\"").append(balance.resetsAt()).append('"');
        }
        if (decision.config() != null) {
            json.append(",\"config\":").append(decision.config());
        }
        return utf8(json.append(",\"asOf\":\"").toString());
    }

    private static String decimal(@Nullable BigDecimal value) {
        return value == null ? "null" : '"' + Decimals.text(value) + '"';
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
