package io.weir.gateway;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.Json;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The lines that answer a stream: receipts, how far it is taken meanwhile, and a last one with the totals. */
final class EventLines {
    /** What became of the events before {@code through}. */
    record Progress(long through, long accepted, long recorded, long duplicates, long conflicts, long rejected) {}

    /** The last line. */
    record Last(
            @JsonUnwrapped Progress counts,
            boolean complete,
            String correlationId,
            Optional<JsonNode> problem,
            Optional<Integer> retryAfter) {}

    private final long[] counts = new long[ReceiptStatus.values().length];
    private long through;

    /** How many events are settled. */
    long through() {
        return through;
    }

    /** Counts events that are settled; the receipts are of those among them that are not plainly accepted. */
    void settle(int events, Iterable<Receipt> receipts) {
        through += events;
        int accepted = events;
        for (Receipt receipt : receipts) {
            counts[receipt.status().ordinal()]++;
            accepted--;
        }
        counts[ReceiptStatus.ACCEPTED.ordinal()] += accepted;
    }

    Progress progress() {
        return new Progress(
                through,
                count(ReceiptStatus.ACCEPTED),
                count(ReceiptStatus.RECORDED),
                count(ReceiptStatus.DUPLICATE),
                count(ReceiptStatus.CONFLICT),
                count(ReceiptStatus.REJECTED));
    }

    /** The last line: of a stream that was taken to its end, or with what ended it before. */
    Last last(@Nullable Refusal refusal, String path, String correlation) {
        if (refusal == null) {
            return new Last(progress(), true, correlation, Optional.empty(), Optional.empty());
        }
        Answer problem = Problems.of(refusal, path, correlation);
        return new Last(
                progress(),
                false,
                correlation,
                Optional.of(Json.tree(problem.body().toString())),
                Optional.ofNullable(problem.headers().get(HttpHeaders.RETRY_AFTER))
                        .map(seconds -> Integer.valueOf(seconds.toString())));
    }

    /** A value as a line. */
    static Buffer line(Object value) {
        return Buffer.buffer(Json.bytes(value)).appendByte((byte) '\n');
    }

    private long count(ReceiptStatus status) {
        return counts[status.ordinal()];
    }
}
