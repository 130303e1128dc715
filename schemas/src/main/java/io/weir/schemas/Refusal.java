package io.weir.schemas;

import java.util.List;

/**
 * What the caller did that cannot be done: a value, never logged above debug, mapped to one problem answer (RFC 9457).
 *
 * <p>Listed in order of precedence: of two refusals that both hold, the earlier one is answered.
 */
public sealed interface Refusal {
    /** The request's head is malformed, too large, or did not come in time; the connection ends. */
    record BadHead(int status, String detail) implements Refusal {}

    /** Nothing is found at this path, or the API version does not exist; {@code offered} are the versions that do. */
    record UnknownRoute(String path, List<String> offered) implements Refusal {}

    /** The API version was sunset; {@code offered} are those that answer. */
    record VersionGone(String version, List<String> offered) implements Refusal {}

    /** The path exists, the method does not. */
    record MethodNotAllowed(List<String> allowed) implements Refusal {}

    /** No credential, or none that is known. */
    record Unauthenticated(String detail) implements Refusal {}

    /** The tenant's home is another region, which this node does not serve. */
    record WrongRegion(String region) implements Refusal {}

    /** The credential lacks a scope. */
    record Forbidden(String scope) implements Refusal {}

    /** More than the access tier allows; {@code violated} are the policies' names. */
    record Throttled(List<String> violated, int retryAfterSeconds) implements Refusal {}

    /** Less than the access tier allows, because this node is cut off from its cluster; {@code violated} as above. */
    record ReducedCapacity(List<String> violated, int retryAfterSeconds) implements Refusal {}

    /** The credential is narrowed, and this goes beyond it. */
    record Narrowed(String detail) implements Refusal {}

    /** The body's media type, or its coding, is none that this operation takes. */
    record UnsupportedMediaType(String detail, List<String> accepted, boolean coding) implements Refusal {}

    /** The body, or a batch, is larger than the cap. */
    record TooLarge(String detail) implements Refusal {}

    /** The request did not come in time. */
    record TooSlow(String detail) implements Refusal {}

    /** The body cannot be read at all. */
    record Unreadable(String detail) implements Refusal {}

    /** A header that the operation reads is not of its form. */
    record MalformedHeader(String header, String detail) implements Refusal {}

    /** A parameter or a part of the body is wrong. */
    record Invalid(List<FieldError> errors) implements Refusal {
        /** One thing wrong. */
        public static Invalid at(String pointer, String detail) {
            return new Invalid(List.of(new FieldError(pointer, detail)));
        }
    }

    /** No event of the request was taken; {@code body} is the answer of counts and receipts. */
    record EventsRejected(EventsAnswer answer) implements Refusal {}

    /** The Idempotency-Key was used for another request. */
    record KeyReused(String key) implements Refusal {}

    /** The command of this Idempotency-Key has no answer yet. */
    record StillRunning(int retryAfterSeconds) implements Refusal {}

    /** The object does not exist, or not for this tenant. */
    record NotFound(String what) implements Refusal {}

    /** The object is not in the state that the command needs; {@code kind} names the problem type, {@code errors} what stands against it, if it can be told apart. */
    record Conflict(String kind, String detail, List<FieldError> errors) implements Refusal {
        public Conflict(String kind, String detail) {
            this(kind, detail, List.of());
        }
    }

    /** The credential speaks for another system than those that own the fields. */
    record NotSystemOfRecord(String system, List<FieldError> fields) implements Refusal {}

    /** The one who did the first act may not do the second. */
    record SeparationOfDuties(String detail) implements Refusal {}

    /** If-Match names another revision than the current one. */
    record PreconditionFailed(String current) implements Refusal {}

    /** It cannot be done, or not be made durable, now. */
    record Unavailable(String detail, int retryAfterSeconds) implements Refusal {}
}
