package io.weir.gateway;

import io.vertx.core.buffer.Buffer;
import io.weir.schemas.EventsAnswer;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer to a post of events: counts, and receipts of what was not plainly taken or of all that was sent. */
final class EventsBody {
    /** The problem of one event. */
    record EventProblem(String type, String title, List<FieldError> errors) {}

    /** One receipt. */
    record Item(
            long index,
            Optional<String> source,
            Optional<String> id,
            String status,
            Optional<String> durability,
            Optional<String> correlationId,
            Optional<EventProblem> problem) {}

    /** All of it. */
    record Body(
            int accepted,
            int recorded,
            int duplicates,
            int conflicts,
            int rejected,
            String correlationId,
            List<Item> receipts) {}

    /** All of it, where nothing was taken. */
    record Refused(
            String type,
            String title,
            int status,
            String detail,
            String instance,
            int accepted,
            int recorded,
            int duplicates,
            int conflicts,
            int rejected,
            int notTaken,
            String correlationId,
            List<Item> receipts) {}

    private EventsBody() {}

    /** The body; with every receipt, or only of those that were not plainly taken. */
    static Buffer of(EventsAnswer answer, boolean all, String correlation) {
        return Buffer.buffer(Json.bytes(new Body(
                answer.count(ReceiptStatus.ACCEPTED),
                answer.count(ReceiptStatus.RECORDED),
                answer.count(ReceiptStatus.DUPLICATE),
                answer.count(ReceiptStatus.CONFLICT),
                answer.count(ReceiptStatus.REJECTED),
                correlation,
                items(answer, all))));
    }

    /** The body where every event was accepted. */
    static Buffer accepted(int events, String correlation) {
        return Buffer.buffer(Json.bytes(new Body(events, 0, 0, 0, 0, correlation, List.of())));
    }

    /** The answer to a request of which nothing was taken. */
    static Answer rejected(EventsAnswer answer, String path, String correlation) {
        int rejected = answer.count(ReceiptStatus.REJECTED);
        int notTaken = answer.count(ReceiptStatus.NOT_TAKEN);
        String detail = rejected + " of " + answer.receipts().size() + " events are wrong; nothing was taken";
        Refused body = new Refused(
                Problems.TYPES + "invalid-event",
                "No event was taken",
                422,
                detail,
                path,
                0,
                0,
                0,
                0,
                rejected,
                notTaken,
                correlation,
                items(answer, false));
        return Deprecations.told(
                new Answer(422, Map.of(), Answer.PROBLEM, Buffer.buffer(Json.bytes(body))), answer.deprecations());
    }

    private static List<Item> items(EventsAnswer answer, boolean all) {
        return answer.receipts().stream()
                .filter(receipt -> all || !plain(receipt))
                .map(EventsBody::item)
                .toList();
    }

    /** Whether nothing has to be told of it. */
    static boolean plain(Receipt receipt) {
        return switch (receipt.status()) {
            case ACCEPTED, RECORDED -> !receipt.local();
            case DUPLICATE, CONFLICT, REJECTED, NOT_TAKEN -> false;
        };
    }

    private static Item item(Receipt receipt) {
        return item(receipt, 0);
    }

    /** The receipt of an event that stands in a part which begins there. */
    static Item item(Receipt receipt, long begin) {
        return new Item(
                begin + receipt.index(),
                Optional.ofNullable(receipt.source()),
                Optional.ofNullable(receipt.id()),
                receipt.status().text(),
                receipt.local() ? Optional.of("local") : Optional.empty(),
                Optional.ofNullable(receipt.correlation()),
                receipt.errors().isEmpty()
                        ? Optional.empty()
                        : Optional.of(new EventProblem(
                                Problems.TYPES + "invalid-event", "The event is wrong", receipt.errors())));
    }
}
