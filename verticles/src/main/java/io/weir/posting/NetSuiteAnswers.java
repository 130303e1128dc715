package io.weir.posting;

import io.weir.posting.ErpOutcome.Reason;
import io.weir.schemas.Json;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What NetSuite's answers mean. The error code decides, not the status: the same throttle answer comes as 429 and as 400.
 */
final class NetSuiteAnswers {
    private static final Set<String> THROTTLES =
            Set.of("CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED");
    private static final Set<String> NO_SUCH_RECORD = Set.of("NONEXISTENT_ID", "RCRD_DSNT_EXIST");
    private static final String CHANGED_MEANWHILE = "RCRD_HAS_BEEN_CHANGED";
    private static final String PERIOD = "accounting period";
    private static final int LONGEST_DETAIL = 2_000;
    /** What may be an id of the vendor's: it is kept, shown, and put into links. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private NetSuiteAnswers() {}

    /** The outcome of a write: 2xx with the record's place is success, and nothing else proves one. */
    static ErpOutcome written(HttpAnswer answer) {
        return switch (answer) {
            case HttpAnswer.Complete it when it.status() / 100 == 2 -> place(it.location());
            case HttpAnswer.Complete it -> refused(it);
            case HttpAnswer.Lost it -> new ErpOutcome.Ambiguous(it.detail());
            case HttpAnswer.Unreached it -> new ErpOutcome.Unreached(it.detail());
            case HttpAnswer.NoCredential it -> new ErpOutcome.Denied(0, "NO_CREDENTIAL", it.detail());
        };
    }

    /** The outcome of a look-up. */
    static ErpOutcome found(HttpAnswer answer) {
        return switch (answer) {
            case HttpAnswer.Complete it when it.status() == 200 -> record(it);
            case HttpAnswer.Complete it
            when it.status() == 404
                    && NO_SUCH_RECORD.contains(Problem.of(it.body()).code()) -> new ErpOutcome.Absent();
            case HttpAnswer.Complete it -> refused(it);
            case HttpAnswer.Lost it -> new ErpOutcome.Ambiguous(it.detail());
            case HttpAnswer.Unreached it -> new ErpOutcome.Unreached(it.detail());
            case HttpAnswer.NoCredential it -> new ErpOutcome.Denied(0, "NO_CREDENTIAL", it.detail());
        };
    }

    private static ErpOutcome place(@Nullable String location) {
        String id = location == null ? "" : location.substring(location.lastIndexOf('/') + 1);
        return !ID.matcher(id).matches()
                ? new ErpOutcome.Ambiguous("success without the record's location")
                : new ErpOutcome.Stands(id);
    }

    private static ErpOutcome record(HttpAnswer.Complete answer) {
        JsonNode id = tree(answer.body()).path("id");
        String text = id.isString() || id.isNumber() ? id.asString() : "";
        return !ID.matcher(text).matches()
                ? new ErpOutcome.Failed(answer.status(), "NO_ID", "a record without an id: " + brief(answer.body()))
                : new ErpOutcome.Stands(text);
    }

    private static ErpOutcome refused(HttpAnswer.Complete answer) {
        int status = answer.status();
        Problem problem = Problem.of(answer.body());
        String code = problem.code();
        String detail = problem.detail();
        if (status == 429 || THROTTLES.contains(code)) {
            return new ErpOutcome.Throttled(status, code, detail);
        }
        if (status == 401 || status == 403) {
            return new ErpOutcome.Denied(status, code, detail);
        }
        if (status >= 500 || status == 408 || code.equals(CHANGED_MEANWHILE)) {
            return new ErpOutcome.Failed(status, code, detail);
        }
        boolean period = detail.toLowerCase(Locale.ROOT).contains(PERIOD);
        return new ErpOutcome.Rejected(period ? Reason.PERIOD_CLOSED : Reason.ERP_REJECTED, status, code, detail);
    }

    private static String brief(String text) {
        String storable = text.replace("\0", "");
        return storable.length() <= LONGEST_DETAIL ? storable : storable.substring(0, LONGEST_DETAIL);
    }

    private static JsonNode tree(String body) {
        try {
            return Json.tree(body.isBlank() ? "{}" : body);
        } catch (JacksonException notJson) {
            return Json.tree("{}");
        }
    }

    /** The first error of an answer: code and text; the text is the body where it is not in the vendor's form. */
    private record Problem(String code, String detail) {
        static Problem of(String body) {
            JsonNode first = tree(body).path("o:errorDetails").path(0);
            String detail = first.path("detail").asString("");
            return new Problem(brief(first.path("o:errorCode").asString("")), brief(detail.isEmpty() ? body : detail));
        }
    }
}
