package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.policies.Call;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Instants;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How requests say things that many operations share: ids in the path, instants, pages, conditions. */
final class Requests {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MOST = 1_000;

    private Requests() {}

    /** An id in the path. */
    static <T> T id(Call call, String name, Function<String, T> type) {
        String value = call.path(name);
        try {
            return type.apply(value);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(
                    Refusal.Invalid.at("/" + name, "must be an id of 1-128 characters without control characters"));
        }
    }

    /** An id in the query; null where it is not given. */
    static <T> @Nullable T optional(Call call, String name, Function<String, T> type) {
        String value = call.query(name);
        if (value == null) {
            return null;
        }
        if (!Ids.valid(value)) {
            throw new RefusedException(Refusal.Invalid.at("/" + name, "must be an id of 1-128 characters"));
        }
        return type.apply(value);
    }

    /** An instant in the query; null where it is not given. */
    static @Nullable Instant instant(Call call, String name) {
        String text = call.query(name);
        if (text == null) {
            return null;
        }
        return Instants.parse(text)
                .orElseThrow(() -> new RefusedException(
                        Refusal.Invalid.at("/" + name, "must be an RFC 3339 date-time, such as 2026-11-20T10:00:00Z")));
    }

    /** A yes or no in the query; null where it is not given. */
    static @Nullable Boolean flag(Call call, String name) {
        String text = call.query(name);
        if (text != null && !text.equals("true") && !text.equals("false")) {
            throw new RefusedException(Refusal.Invalid.at("/" + name, "must be true or false"));
        }
        return text == null ? null : Boolean.valueOf(text);
    }

    /** The size of a page. */
    static int limit(Call call) {
        String text = call.query("limit");
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Told below, together with a number that is out of range.
        }
        throw new RefusedException(Refusal.Invalid.at("/limit", "must be a whole number from 1 to " + MOST));
    }

    /** The items of a page. */
    record Items<T>(List<T> items) {}

    /** The answer of a page, with a link to the next one (RFC 8288). */
    static <T> Answer page(Call call, Page<T> page) {
        return linked(call, Answer.json(200, new Items<>(page.items())), page.next());
    }

    /** The answer, with a link to the next page where there is one. */
    static Answer linked(Call call, Answer answer, @Nullable String next) {
        return next == null ? answer : answer.with("Link", "<" + link(call, next) + ">; rel=\"next\"");
    }

    private static String link(Call call, String cursor) {
        StringBuilder link = new StringBuilder(call.request().path()).append('?');
        call.request().params().forEach((name, value) -> {
            if (!name.equals("cursor") && !call.path().containsKey(name)) {
                link.append(encoded(name)).append('=').append(encoded(value)).append('&');
            }
        });
        return link.append("cursor=").append(encoded(cursor)).toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The revision that If-Match names; null where there is none, or any is good. */
    static @Nullable Long ifMatch(Call call) {
        String header = call.request().getHeader(HttpHeaders.IF_MATCH);
        if (header == null || header.strip().equals("*")) {
            return null;
        }
        try {
            return Long.parseLong(header.strip().replaceAll("^\"|\"$", ""));
        } catch (NumberFormatException e) {
            throw new RefusedException(new Refusal.PreconditionFailed("a revision in quotes, as ETag gives it"));
        }
    }

    /** The caller's own id of what made it write; null where it gives none. */
    static @Nullable String originId(Call call) {
        String given = call.request().getHeader("Weir-Origin-Id");
        if (given != null && !Ids.valid(given)) {
            throw new RefusedException(new Refusal.MalformedHeader(
                    "Weir-Origin-Id", "must be 1-128 characters without control characters"));
        }
        return given;
    }

    /** The strong ETag of a revision. */
    static String etag(long revision) {
        return "\"" + revision + "\"";
    }

    /** The version of something in the path. */
    static int version(Call call) {
        String text = call.path("version");
        if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new RefusedException(Refusal.Invalid.at("/version", "must be a whole number"));
        }
        return Integer.parseInt(text);
    }

    /** Whether the caller has that revision. */
    static boolean known(Call call, long revision) {
        String known = call.request().getHeader(HttpHeaders.IF_NONE_MATCH);
        return known != null && known.contains(etag(revision));
    }

    /** A resource, or 304 where the caller has it. */
    static Answer resource(Call call, int status, long revision, Object content) {
        String etag = etag(revision);
        Answer answer = known(call, revision) ? Answer.empty(304) : Answer.json(status, content);
        return answer.with(HttpHeaders.ETAG, etag);
    }

    /** What an optional holds, or 404. */
    static <T> Future<T> found(Optional<T> found, String what) {
        return found.map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(new RefusedException(new Refusal.NotFound(what))));
    }

    /** A parameter that must be given. */
    static String required(Call call, String name, List<FieldError> errors) {
        String value = call.query(name);
        if (value == null || value.isEmpty()) {
            errors.add(new FieldError("/" + name, "must be given"));
            return "";
        }
        return value;
    }
}
