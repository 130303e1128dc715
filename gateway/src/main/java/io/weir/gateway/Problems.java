package io.weir.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Refusals as problem answers (RFC 9457): the one place where a refusal becomes a status. */
final class Problems {
    static final String TYPES = "/problems/";
    private static final String QUOTA = "https://iana.org/assignments/http-problem-types#quota-exceeded";
    private static final String CAPACITY = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

    private static final String BUSY = "{\"type\":\"" + CAPACITY
            + "\",\"title\":\"Not possible now\",\"status\":503,\"detail\":\"the node has more to do than it can; nothing of the"
            + " request was taken\",\"instance\":\"";

    private Problems() {}

    /** The members of a problem answer. */
    record Problem(
            String type,
            String title,
            int status,
            String detail,
            String instance,
            String correlationId,
            Optional<List<FieldError>> errors,
            @JsonProperty("violated-policies") Optional<List<String>> violatedPolicies,
            Optional<List<String>> offered) {}

    /** The answer to a refusal. */
    static Answer of(Refusal refusal, String path, String correlation) {
        return switch (refusal) {
            case Refusal.UnknownRoute unknown ->
                versions(404, "unknown-route", "Nothing is here", "no such path", unknown.offered(), path, correlation);
            case Refusal.VersionGone gone ->
                versions(
                        410,
                        "version-gone",
                        "The API version answers no more",
                        gone.version() + " was sunset",
                        gone.offered(),
                        path,
                        correlation);
            case Refusal.BadHead head -> badHead(head, path, correlation);
            case Refusal.MethodNotAllowed method ->
                problem(
                                405,
                                "method-not-allowed",
                                "The method is not allowed here",
                                "allowed: " + String.join(", ", method.allowed()),
                                path,
                                correlation)
                        .with(HttpHeaders.ALLOW, String.join(", ", method.allowed()));
            case Refusal.Unauthenticated who ->
                problem(401, "unauthenticated", "Who calls is not known", who.detail(), path, correlation)
                        .with("WWW-Authenticate", "Bearer realm=\"weir\"");
            case Refusal.WrongRegion region ->
                problem(
                        421,
                        "wrong-region",
                        "The tenant's home is another region",
                        "home region: " + region.region(),
                        path,
                        correlation);
            case Refusal.Forbidden forbidden ->
                problem(
                        403,
                        "forbidden",
                        "The credential lacks a scope",
                        "needs " + forbidden.scope(),
                        path,
                        correlation);
            case Refusal.Narrowed narrowed ->
                problem(
                        403,
                        "narrowed-credential",
                        "The credential is narrowed to less",
                        narrowed.detail(),
                        path,
                        correlation);
            case Refusal.Throttled throttled -> throttled(throttled, path, correlation);
            case Refusal.ReducedCapacity reduced -> reduced(reduced, path, correlation);
            case Refusal.UnsupportedMediaType media -> unsupported(media, path, correlation);
            case Refusal.TooLarge large ->
                problem(413, "too-large", "The body is too large", large.detail(), path, correlation);
            case Refusal.TooSlow slow ->
                problem(408, "too-slow", "The request did not come in time", slow.detail(), path, correlation);
            case Refusal.Unreadable unreadable ->
                problem(400, "unreadable", "The body cannot be read", unreadable.detail(), path, correlation);
            case Refusal.MalformedHeader header ->
                problem(
                        400,
                        "malformed-header",
                        "A header is malformed",
                        header.header() + " " + header.detail(),
                        path,
                        correlation);
            case Refusal.KeyReused reused ->
                problem(
                        422,
                        "idempotency-key-reused",
                        "The Idempotency-Key stands for another request",
                        reused.key() + " was sent with another method, path or body",
                        path,
                        correlation);
            case Refusal.StillRunning running ->
                problem(
                                409,
                                "still-running",
                                "The command of this Idempotency-Key has no answer yet",
                                "ask again after Retry-After",
                                path,
                                correlation)
                        .with(HttpHeaders.RETRY_AFTER, Integer.toString(running.retryAfterSeconds()));
            case Refusal.Invalid invalid -> invalid(invalid.errors(), path, correlation);
            case Refusal.EventsRejected rejected -> EventsBody.rejected(rejected.answer(), path, correlation);
            case Refusal.NotFound missing ->
                problem(404, "not-found", "Not found", "no such " + missing.what(), path, correlation);
            case Refusal.Conflict conflict ->
                body(
                        409,
                        TYPES + conflict.kind(),
                        "The state does not allow it",
                        conflict.detail(),
                        path,
                        correlation,
                        Optional.of(conflict.errors()).filter(errors -> !errors.isEmpty()),
                        Optional.empty());
            case Refusal.NotSystemOfRecord foreign ->
                body(
                        409,
                        TYPES + "not-system-of-record",
                        "Another system owns the field",
                        "the credential speaks for " + foreign.system(),
                        path,
                        correlation,
                        Optional.of(foreign.fields()),
                        Optional.empty());
            case Refusal.SeparationOfDuties duties ->
                problem(
                        403,
                        "separation-of-duties",
                        "Another principal must do this",
                        duties.detail(),
                        path,
                        correlation);
            case Refusal.PreconditionFailed failed ->
                problem(
                        412,
                        "precondition-failed",
                        "Another revision is current",
                        "current: " + failed.current(),
                        path,
                        correlation);
            case Refusal.Unavailable unavailable ->
                body(
                                503,
                                CAPACITY,
                                "Not possible now",
                                unavailable.detail(),
                                path,
                                correlation,
                                Optional.empty(),
                                Optional.empty())
                        .with(HttpHeaders.RETRY_AFTER, Integer.toString(jittered(unavailable.retryAfterSeconds())));
        };
    }

    /** The answer to a call that the node does not take on now; made of ready parts, since many are made at once. */
    static Answer busy(String path, String correlation, int seconds) {
        boolean plain = path.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '\\');
        Buffer body = Buffer.buffer(BUSY.length() + path.length() + 120)
                .appendString(BUSY)
                .appendString(plain ? path : "/")
                .appendString("\",\"correlationId\":\"")
                .appendString(correlation)
                .appendString("\",\"violated-policies\":[\"overload\"]}");
        return new Answer(
                503, Map.of(HttpHeaders.RETRY_AFTER, Integer.toString(jittered(seconds))), Answer.PROBLEM, body);
    }

    /** The answer to a bug: nothing of it is told but the id that it is logged under. */
    static Answer bug(String path, String correlation) {
        return problem(
                500, "internal", "Weir failed", "the failure is logged under the correlation id", path, correlation);
    }

    static Answer problem(int status, String kind, String title, String detail, String path, String correlation) {
        return body(status, TYPES + kind, title, detail, path, correlation, Optional.empty(), Optional.empty());
    }

    private static Answer badHead(Refusal.BadHead head, String path, String correlation) {
        String kind = switch (head.status()) {
            case 408 -> "too-slow";
            case 414, 431 -> "too-long";
            default -> "malformed-request";
        };
        Answer answer =
                problem(head.status(), kind, "The request's head is not taken", head.detail(), path, correlation);
        return head.status() == 405 ? answer.with(HttpHeaders.ALLOW, "GET, POST, PUT") : answer;
    }

    /** A refusal that names the versions which do answer. */
    private static Answer versions(
            int status,
            String kind,
            String title,
            String detail,
            List<String> offered,
            String path,
            String correlation) {
        Problem problem = new Problem(
                TYPES + kind,
                title,
                status,
                detail + "; API versions offered: " + String.join(", ", offered),
                path,
                correlation,
                Optional.empty(),
                Optional.empty(),
                Optional.of(offered));
        return new Answer(status, Map.of(), Answer.PROBLEM, Buffer.buffer(Json.bytes(problem)));
    }

    private static Answer invalid(List<FieldError> errors, String path, String correlation) {
        String detail = errors.size() == 1
                ? errors.getFirst().pointer() + " " + errors.getFirst().detail()
                : errors.size() + " errors";
        return body(
                422,
                TYPES + "invalid",
                "The request is wrong",
                detail,
                path,
                correlation,
                Optional.of(errors),
                Optional.empty());
    }

    private static Answer throttled(Refusal.Throttled throttled, String path, String correlation) {
        return body(
                        429,
                        QUOTA,
                        "More than the access tier allows",
                        "nothing of the request was taken",
                        path,
                        correlation,
                        Optional.empty(),
                        Optional.of(throttled.violated()))
                .with(HttpHeaders.RETRY_AFTER, Integer.toString(throttled.retryAfterSeconds()));
    }

    private static Answer reduced(Refusal.ReducedCapacity reduced, String path, String correlation) {
        return body(
                        503,
                        CAPACITY,
                        "Less than the access tier allows, for now",
                        "this node is cut off from its cluster; nothing of the request was taken",
                        path,
                        correlation,
                        Optional.empty(),
                        Optional.of(reduced.violated()))
                .with(HttpHeaders.RETRY_AFTER, Integer.toString(jittered(reduced.retryAfterSeconds())));
    }

    private static Answer unsupported(Refusal.UnsupportedMediaType media, String path, String correlation) {
        String accepted = String.join(", ", media.accepted());
        return problem(
                        415,
                        "unsupported-media-type",
                        "The body's form is not taken",
                        media.detail() + "; taken: " + accepted,
                        path,
                        correlation)
                .with(
                        media.coding() ? HttpHeaders.ACCEPT_ENCODING : HttpHeaders.createOptimized("Accept-Post"),
                        accepted);
    }

    private static Answer body(
            int status,
            String type,
            String title,
            String detail,
            String path,
            String correlation,
            Optional<List<FieldError>> errors,
            Optional<List<String>> violated) {
        Problem problem =
                new Problem(type, title, status, detail, path, correlation, errors, violated, Optional.empty());
        return new Answer(status, Map.of(), Answer.PROBLEM, Buffer.buffer(Json.bytes(problem)));
    }

    /** Spread, so that refused callers do not come back all at once. */
    private static int jittered(int seconds) {
        return seconds + ThreadLocalRandom.current().nextInt(Math.max(1, seconds));
    }
}
