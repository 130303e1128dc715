package io.weir.schemas;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the ledger tells a node whose callers wait for the recording: one message for each batch and node.
 *
 * @param receipts what became of each awaited event
 * @param customers whose usage changed, so that the node's next check includes it
 */
public record RecordedReceipts(List<Item> receipts, Set<Map.Entry<TenantId, CustomerId>> customers) {
    /**
     * One event's outcome.
     *
     * @param token the waiting request
     * @param index the event's place in it
     */
    public record Item(long token, int index, ReceiptStatus status) {}

    /** The cluster-wide address of a node's waiting requests. */
    public static String address(String node) {
        return "weir.receipts." + node;
    }

    /** As it travels. */
    public Buffer encode() {
        Buffer out = Buffer.buffer(8 + receipts.size() * 13).appendInt(receipts.size());
        for (Item item : receipts) {
            out.appendLong(item.token).appendInt(item.index).appendByte((byte) item.status.ordinal());
        }
        out.appendInt(customers.size());
        for (Map.Entry<TenantId, CustomerId> customer : customers) {
            append(out, customer.getKey().value());
            append(out, customer.getValue().value());
        }
        return out;
    }

    /** From how it travelled. */
    public static RecordedReceipts decode(Buffer in) {
        int count = in.getInt(0);
        int at = 4;
        List<Item> items = new ArrayList<>(count);
        ReceiptStatus[] statuses = ReceiptStatus.values();
        for (int i = 0; i < count; i++, at += 13) {
            items.add(new Item(in.getLong(at), in.getInt(at + 8), statuses[in.getByte(at + 12)]));
        }
        int names = in.getInt(at);
        at += 4;
        Set<Map.Entry<TenantId, CustomerId>> customers = java.util.HashSet.newHashSet(names);
        for (int i = 0; i < names; i++) {
            int tenantEnd = at + 4 + in.getInt(at);
            int customerEnd = tenantEnd + 4 + in.getInt(tenantEnd);
            customers.add(Map.entry(
                    new TenantId(in.getString(at + 4, tenantEnd, "UTF-8")),
                    new CustomerId(in.getString(tenantEnd + 4, customerEnd, "UTF-8"))));
            at = customerEnd;
        }
        return new RecordedReceipts(items, customers);
    }

    private static void append(Buffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.appendInt(bytes.length).appendBytes(bytes);
    }
}
