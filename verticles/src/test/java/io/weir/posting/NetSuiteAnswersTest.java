package io.weir.posting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.posting.ErpOutcome.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetSuiteAnswersTest {
    private static ErpOutcome written(int status, String code, String detail) {
        String body = "{\"o:errorDetails\":[{\"detail\":\"%s\",\"o:errorCode\":\"%s\"}]}".formatted(detail, code);
        return NetSuiteAnswers.written(new HttpAnswer.Complete(status, null, body));
    }

    @ParameterizedTest
    @CsvSource({
        "429, CONCURRENCY_LIMIT_EXCEEDED, Throttled",
        "400, CONCURRENCY_LIMIT_EXCEEDED, Throttled",
        "400, SSS_REQUEST_LIMIT_EXCEEDED, Throttled",
        "429, '', Throttled",
        "401, INVALID_LOGIN, Denied",
        "403, INSUFFICIENT_PERMISSION, Denied",
        "500, UNEXPECTED_ERROR, Failed",
        "502, '', Failed",
        "503, '', Failed",
        "504, '', Failed",
        "408, '', Failed",
        "400, RCRD_HAS_BEEN_CHANGED, Failed",
        "400, INVALID_KEY_OR_REF, Rejected",
        "400, INVALID_CONTENT, Rejected",
        "404, NONEXISTENT_ID, Rejected",
        "413, '', Rejected",
        "302, '', Rejected",
    })
    void the_error_code_decides_what_an_answer_means(int status, String code, String outcome) {
        assertEquals(outcome, written(status, code, "text").getClass().getSimpleName());
    }

    @Test
    void a_closed_period_is_told_by_its_text() {
        ErpOutcome outcome = written(
                400,
                "USER_ERROR",
                "The transaction date you specified is not within the date range of your accounting period.");
        assertEquals(
                Reason.PERIOD_CLOSED,
                assertInstanceOf(ErpOutcome.Rejected.class, outcome).reason());
        assertEquals(
                Reason.ERP_REJECTED,
                assertInstanceOf(
                                ErpOutcome.Rejected.class,
                                written(400, "USER_ERROR", "Please enter value(s) for: Items"))
                        .reason());
    }

    @Test
    void success_without_a_place_proves_nothing() {
        assertEquals(
                new ErpOutcome.Stands("10001"),
                NetSuiteAnswers.written(
                        new HttpAnswer.Complete(204, "http://host/services/rest/record/v1/invoice/10001", "")));
        assertInstanceOf(ErpOutcome.Ambiguous.class, NetSuiteAnswers.written(new HttpAnswer.Complete(204, null, "")));
    }

    @Test
    void an_answer_that_is_not_json_is_classified_by_its_status_and_kept() {
        ErpOutcome outcome =
                NetSuiteAnswers.written(new HttpAnswer.Complete(503, null, "<html>Down for maintenance</html>"));
        assertEquals(
                "<html>Down for maintenance</html>",
                assertInstanceOf(ErpOutcome.Failed.class, outcome).detail());
    }

    @Test
    void only_the_vendors_own_answer_says_that_a_record_is_absent() {
        String body = "{\"o:errorDetails\":[{\"detail\":\"none\",\"o:errorCode\":\"NONEXISTENT_ID\"}]}";
        assertInstanceOf(ErpOutcome.Absent.class, NetSuiteAnswers.found(new HttpAnswer.Complete(404, null, body)));
        assertInstanceOf(
                ErpOutcome.Rejected.class,
                NetSuiteAnswers.found(new HttpAnswer.Complete(404, null, "<html>no such page</html>")));
        assertEquals(
                new ErpOutcome.Stands("7"),
                NetSuiteAnswers.found(new HttpAnswer.Complete(200, null, "{\"id\":\"7\"}")));
        assertInstanceOf(ErpOutcome.Failed.class, NetSuiteAnswers.found(new HttpAnswer.Complete(200, null, "{}")));
    }

    @Test
    void what_was_not_sent_is_not_ambiguous() {
        assertInstanceOf(ErpOutcome.Unreached.class, NetSuiteAnswers.written(new HttpAnswer.Unreached("refused")));
        assertInstanceOf(ErpOutcome.Ambiguous.class, NetSuiteAnswers.written(new HttpAnswer.Lost("reset")));
        assertInstanceOf(ErpOutcome.Denied.class, NetSuiteAnswers.written(new HttpAnswer.NoCredential("no file")));
    }
}
