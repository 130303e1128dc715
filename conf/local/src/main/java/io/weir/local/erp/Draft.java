package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.Currency;
import java.util.List;
import java.util.TreeMap;

/**
 * A checked request to write one document, which becomes the document or changes the one that is there.
 *
 * <p>An update lays the given header fields over the stored ones. Lines: with {@code ?replace=item} the given ones
 * take the place of all (C); without it a line whose number is there is changed and any other is added (U).
 *
 * @param header the fields given, without the lines
 * @param lines the lines given, each checked by itself
 * @param replaceLines whether the lines given are all the lines
 * @param today the date of a document that names none
 */
record Draft(
        String type,
        String externalId,
        ObjectNode header,
        List<ObjectNode> lines,
        boolean replaceLines,
        LocalDate today) {
    private static final ObjectNode ACCOUNT_CURRENCY = Json.object().put("refName", "USD");

    Document create(long internalId) throws VendorRefusal {
        if (!header.has("entity")) {
            throw VendorRefusal.missing("Customer");
        }
        if (lines.isEmpty()) {
            throw VendorRefusal.missing("Items");
        }
        ObjectNode record = header.deepCopy();
        if (!record.has("tranDate")) {
            record.put("tranDate", today.toString());
        }
        if (!record.has("currency")) {
            record.set("currency", ACCOUNT_CURRENCY.deepCopy());
        }
        return document(internalId, 1, record, new TreeMap<>());
    }

    Document update(Document before) throws VendorRefusal {
        ObjectNode record = before.record().deepCopy();
        TreeMap<Integer, ObjectNode> kept = new TreeMap<>();
        if (!replaceLines) {
            before.lines().forEach(line -> kept.put(line.get("line").intValue(), line.<ObjectNode>deepCopy()));
        }
        record.remove("item");
        record.setAll(header.deepCopy());
        return document(before.internalId(), before.writes() + 1, record, kept);
    }

    private Document document(long internalId, int writes, ObjectNode record, TreeMap<Integer, ObjectNode> kept)
            throws VendorRefusal {
        Reference entity = Reference.read("entity", "entity", record.get("entity"));
        Currency currency = MasterData.currency(Reference.read("currency", "currency", record.get("currency")));
        for (ObjectNode line : lines) {
            int number = line.has("line") ? line.get("line").intValue() : kept.isEmpty() ? 1 : kept.lastKey() + 1;
            ObjectNode merged = kept.getOrDefault(number, Json.object());
            if (!line.has("amount") && (line.has("quantity") || line.has("rate"))) {
                merged.remove("amount");
            }
            merged.setAll(line.deepCopy());
            merged.put("line", number);
            kept.put(number, merged);
        }
        BigDecimal total = BigDecimal.ZERO.setScale(currency.getDefaultFractionDigits());
        ArrayNode items = record.putObject("item").putArray("items");
        for (ObjectNode line : kept.values()) {
            BigDecimal amount = amount(line, currency);
            line.put("amount", amount);
            items.add(line);
            total = total.add(amount);
        }
        if (items.isEmpty()) {
            throw VendorRefusal.missing("Items");
        }
        return new Document(
                type, externalId, internalId, entity.key(), currency.getCurrencyCode(), total, writes, record);
    }

    /** The line's amount in the currency's own precision, as the vendor keeps it (U); from quantity and rate if absent. */
    private static BigDecimal amount(ObjectNode line, Currency currency) throws VendorRefusal {
        JsonNode item = line.get("item");
        if (item == null) {
            throw VendorRefusal.missing("Item");
        }
        int digits = currency.getDefaultFractionDigits();
        if (line.has("amount")) {
            return line.get("amount").decimalValue().setScale(digits, RoundingMode.HALF_UP);
        }
        if (line.has("quantity") && line.has("rate")) {
            return line.get("quantity")
                    .decimalValue()
                    .multiply(line.get("rate").decimalValue())
                    .setScale(digits, RoundingMode.HALF_UP);
        }
        throw VendorRefusal.missing("Amount");
    }
}
