package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of an invoice or credit memo as strictly as the vendor: unknown fields, wrong types and references to
 * nothing are refused.
 *
 * <p>Field ids: entity, currency, memo, status and the line's item, quantity, amount, location, taxDetailsReference C;
 * the rest U (the vendor's standard ids).
 */
final class RecordBody {
    private enum Kind {
        REFERENCE,
        DATE,
        TEXT,
        NUMBER,
        LINE_NUMBER,
        CUSTOM
    }

    private static final Map<String, Kind> HEADER = Map.ofEntries(
            Map.entry("entity", Kind.REFERENCE),
            Map.entry("subsidiary", Kind.REFERENCE),
            Map.entry("currency", Kind.REFERENCE),
            Map.entry("postingPeriod", Kind.REFERENCE),
            Map.entry("location", Kind.REFERENCE),
            Map.entry("department", Kind.REFERENCE),
            Map.entry("class", Kind.REFERENCE),
            Map.entry("terms", Kind.REFERENCE),
            Map.entry("tranDate", Kind.DATE),
            Map.entry("dueDate", Kind.DATE),
            Map.entry("startDate", Kind.DATE),
            Map.entry("endDate", Kind.DATE),
            Map.entry("exchangeRate", Kind.NUMBER),
            Map.entry("externalId", Kind.TEXT),
            Map.entry("memo", Kind.TEXT),
            Map.entry("otherRefNum", Kind.TEXT));

    private static final Map<String, Kind> LINE = Map.ofEntries(
            Map.entry("line", Kind.LINE_NUMBER),
            Map.entry("item", Kind.REFERENCE),
            Map.entry("price", Kind.REFERENCE),
            Map.entry("location", Kind.REFERENCE),
            Map.entry("department", Kind.REFERENCE),
            Map.entry("class", Kind.REFERENCE),
            Map.entry("description", Kind.TEXT),
            Map.entry("taxDetailsReference", Kind.TEXT),
            Map.entry("quantity", Kind.NUMBER),
            Map.entry("rate", Kind.NUMBER),
            Map.entry("amount", Kind.NUMBER));

    private final AccountingPeriods periods;

    RecordBody(AccountingPeriods periods) {
        this.periods = periods;
    }

    Draft read(String type, String externalId, byte[] body, boolean replaceLines) throws VendorRefusal {
        ObjectNode header = object(body);
        List<ObjectNode> lines = lines(header.remove("item"));
        checkFields("", header, HEADER, "custbody");
        if (header.has("externalId") && !header.get("externalId").textValue().equals(externalId)) {
            throw VendorRefusal.invalidValue(
                    "externalId", "externalId", header.get("externalId").textValue());
        }
        if (header.has("entity")) {
            MasterData.requireCustomer(Reference.read("entity", "entity", header.get("entity")));
        }
        if (header.has("currency")) {
            MasterData.currency(Reference.read("currency", "currency", header.get("currency")));
        }
        LocalDate today = periods.today();
        LocalDate date =
                header.has("tranDate") ? LocalDate.parse(header.get("tranDate").textValue()) : today;
        if (!periods.isOpen(date)) {
            throw VendorRefusal.periodClosed();
        }
        return new Draft(type, externalId, header, lines, replaceLines, today);
    }

    private static ObjectNode object(byte[] body) throws VendorRefusal {
        try {
            if (Json.read(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException malformed) {
            throw VendorRefusal.invalidContent("Invalid content in the request body: it is no valid JSON.", null);
        }
        throw VendorRefusal.invalidContent("Invalid content in the request body: a JSON object is needed.", null);
    }

    private static List<ObjectNode> lines(@Nullable JsonNode sublist) throws VendorRefusal {
        List<ObjectNode> lines = new ArrayList<>();
        if (sublist == null) {
            return lines;
        }
        if (!sublist.isObject() || !sublist.path("items").isArray()) {
            throw VendorRefusal.invalidContent("The sublist 'item' must be an object with an array 'items'.", "item");
        }
        for (String member : (Iterable<String>) sublist::fieldNames) {
            if (!member.equals("items")) {
                throw VendorRefusal.unknownField("item." + member);
            }
        }
        Set<Integer> numbers = new HashSet<>();
        for (JsonNode element : sublist.get("items")) {
            String path = "item.items[%d]".formatted(lines.size());
            if (!(element instanceof ObjectNode line)) {
                throw VendorRefusal.invalidContent("A line of the sublist 'item' must be an object.", path);
            }
            checkFields(path + ".", line, LINE, "custcol");
            if (line.has("line") && !numbers.add(line.get("line").intValue())) {
                throw VendorRefusal.invalidValue(
                        path + ".line", "line", line.get("line").asText());
            }
            if (line.has("item")) {
                MasterData.requireItem(path + ".item", Reference.read(path + ".item", "item", line.get("item")));
            }
            lines.add(line);
        }
        return lines;
    }

    private static void checkFields(String prefix, ObjectNode object, Map<String, Kind> fields, String custom)
            throws VendorRefusal {
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            String name = member.getKey();
            Kind kind = name.startsWith(custom) ? Kind.CUSTOM : fields.get(name);
            if (kind == null) {
                throw VendorRefusal.unknownField(prefix + name);
            }
            check(prefix + name, name, kind, member.getValue());
        }
    }

    private static void check(String path, String name, Kind kind, JsonNode value) throws VendorRefusal {
        boolean fits = switch (kind) {
            case REFERENCE -> !Reference.read(path, name, value).key().isEmpty();
            case DATE -> value.isTextual() && isDate(value.textValue());
            case TEXT -> value.isTextual();
            case NUMBER -> value.isNumber();
            case LINE_NUMBER -> value.isInt() && value.intValue() > 0;
            case CUSTOM -> !value.isArray() && !value.isNull();
        };
        if (!fits) {
            throw VendorRefusal.invalidValue(path, name, value.asText());
        }
    }

    private static boolean isDate(String text) {
        try {
            return LocalDate.parse(text).toString().equals(text);
        } catch (DateTimeException e) {
            return false;
        }
    }
}
