package io.weir.ledger;

import io.vertx.core.eventbus.EventBus;
import io.weir.schemas.CustomerId;
import io.weir.schemas.RecordedReceipts;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells the nodes whose callers wait what was recorded: one message for each node and batch, best effort. */
final class ReceiptMessages {
    private ReceiptMessages() {}

    static void send(EventBus bus, Recorded recorded) {
        Map<String, List<RecordedReceipts.Item>> byNode = new HashMap<>();
        Stream.concat(recorded.outcomes().stream(), recorded.earlier().stream())
                .forEach(outcome -> outcome.record()
                        .reply()
                        .ifPresent(reply -> byNode.computeIfAbsent(reply.node(), node -> new ArrayList<>())
                                .add(new RecordedReceipts.Item(reply.token(), reply.index(), outcome.status()))));
        if (byNode.isEmpty()) {
            return;
        }
        Set<Map.Entry<TenantId, CustomerId>> customers = recorded.customers().stream()
                .map(customer -> Map.entry(customer.tenant(), customer.customer()))
                .collect(Collectors.toSet());
        byNode.forEach((node, items) ->
                bus.send(RecordedReceipts.address(node), new RecordedReceipts(items, customers).encode()));
    }
}
