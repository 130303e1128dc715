package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;

/**
 * One stored document: its identity, and the record as the vendor holds it.
 *
 * @param type the record type, {@code invoice} or {@code creditMemo}
 * @param customer the external id (or whatever key was used) of its entity
 * @param writes how often it was written: 1 when created, one more with each update
 * @param record header fields and {@code item.items}, each line with its number and amount; never changed once stored
 */
record Document(
        String type,
        String externalId,
        long internalId,
        String customer,
        String currency,
        BigDecimal total,
        int writes,
        ObjectNode record) {

    Iterable<JsonNode> lines() {
        return record.path("item").path("items");
    }

    ObjectNode toJson() {
        ObjectNode json = Json.object();
        json.put("type", type).put("externalId", externalId).put("internalId", internalId);
        json.put("customer", customer).put("currency", currency).put("total", total);
        json.put("writes", writes).set("record", record);
        return json;
    }

    static Document fromJson(JsonNode json) {
        return new Document(
                json.required("type").textValue(),
                json.required("externalId").textValue(),
                json.required("internalId").longValue(),
                json.required("customer").textValue(),
                json.required("currency").textValue(),
                json.required("total").decimalValue(),
                json.required("writes").intValue(),
                (ObjectNode) json.required("record"));
    }
}
