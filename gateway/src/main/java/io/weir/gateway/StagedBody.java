package io.weir.gateway;

import io.weir.policies.Call;
import io.weir.policies.EventBatch;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import java.util.List;

/** The answer to events that were put into a backfill set: as of events that were taken, but that they are staged. */
final class StagedBody {
    private static final String STAGED = "staged";

    /** All of it. */
    record Body(int staged, int duplicates, int rejected, String correlationId, List<EventsBody.Item> receipts) {}

    private StagedBody() {}

    /** The answer, with receipts of what was not plainly staged, or of all; {@code ACCEPTED} stands for staged. */
    static Answer answer(Call call, EventBatch batch, List<Receipt> receipts) {
        boolean all = call.prefers("return=representation");
        int rejected = count(receipts, ReceiptStatus.REJECTED);
        Body body = new Body(
                count(receipts, ReceiptStatus.ACCEPTED),
                count(receipts, ReceiptStatus.DUPLICATE),
                rejected,
                call.correlation(),
                receipts.stream()
                        .filter(receipt -> all || receipt.status() != ReceiptStatus.ACCEPTED)
                        .map(StagedBody::item)
                        .toList());
        Answer answer = Deprecations.told(Answer.json(rejected > 0 ? 207 : 200, body), batch.deprecations());
        return all ? answer.with("Preference-Applied", "return=representation") : answer;
    }

    private static int count(List<Receipt> receipts, ReceiptStatus status) {
        return (int)
                receipts.stream().filter(receipt -> receipt.status() == status).count();
    }

    private static EventsBody.Item item(Receipt receipt) {
        EventsBody.Item item = EventsBody.item(receipt, 0);
        return receipt.status() == ReceiptStatus.ACCEPTED
                ? new EventsBody.Item(
                        item.index(),
                        item.source(),
                        item.id(),
                        STAGED,
                        item.durability(),
                        item.correlationId(),
                        item.problem())
                : item;
    }
}
