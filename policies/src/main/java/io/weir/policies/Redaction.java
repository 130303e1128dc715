package io.weir.policies;

import io.weir.schemas.Decimals;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What of an event's data must not be stored, as its schema classifies it: dropped, or replaced by a hash that is equal for
 * equal values of one tenant. Immutable.
 *
 * <p>A classification counts wherever its schema could apply, whether or not the branch that it stands in ({@code anyOf},
 * {@code if}, ...) does: of several the strictest wins. A hashed object or list keeps its form; each value in it is hashed.
 *
 * <p>NOT guaranteed: that a value of few possibilities cannot be guessed by who holds the organisation's key, nor that what
 * stands outside {@code data} is clean: source, id and subject are stored as they are.
 */
final class Redaction {
    /** The annotation that classifies: keep, hash or drop. */
    static final String KEYWORD = InlinedSchema.CLASSIFICATION;

    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "hmac-sha256:";
    private static final List<String> IN_PLACE = List.of("allOf", "anyOf", "oneOf");
    private static final List<String> CONDITIONAL = List.of("if", "then", "else", "not");

    /** How strictly a value is treated, the kindest first. */
    enum Treatment {
        KEEP,
        HASH,
        DROP
    }

    /** A schema that may apply to a value, and those that may apply to what is in it. */
    private record Face(
            Treatment own,
            Map<String, List<Face>> members,
            List<Pattern> patterns,
            List<Face> otherMembers,
            List<List<Face>> items,
            List<Face> otherItems) {
        boolean classifies() {
            return own != Treatment.KEEP
                    || members.values().stream().anyMatch(Redaction::classify)
                    || patterns.stream().anyMatch(pattern -> classify(pattern.faces))
                    || classify(otherMembers)
                    || items.stream().anyMatch(Redaction::classify)
                    || classify(otherItems);
        }

        boolean hashes() {
            return own == Treatment.HASH
                    || members.values().stream().flatMap(List::stream).anyMatch(Face::hashes)
                    || patterns.stream().flatMap(p -> p.faces.stream()).anyMatch(Face::hashes)
                    || otherMembers.stream().anyMatch(Face::hashes)
                    || items.stream().flatMap(List::stream).anyMatch(Face::hashes)
                    || otherItems.stream().anyMatch(Face::hashes);
        }

        void member(String name, List<Face> applying) {
            List<Face> named = members.get(name);
            boolean known = named != null;
            if (named != null) {
                applying.addAll(named);
            }
            for (Pattern pattern : patterns) {
                if (pattern.names.matches(name)) {
                    applying.addAll(pattern.faces);
                    known = true;
                }
            }
            if (!known) {
                applying.addAll(otherMembers);
            }
        }

        void item(int index, List<Face> applying) {
            applying.addAll(index < items.size() ? items.get(index) : otherItems);
        }
    }

    /** Members whose names match. */
    private record Pattern(LinearExpression names, List<Face> faces) {}

    private final List<Face> root;
    private final byte[] key;

    private Redaction(List<Face> root, byte[] key) {
        this.root = root;
        this.key = key;
    }

    /**
     * Reads the classifications of a schema that is written out; null where it has none.
     *
     * @param key the organisation's; null where it has none yet
     */
    static @Nullable Redaction of(JsonNode schema, byte @Nullable [] key) {
        List<Face> root = faces(schema);
        if (!classify(root)) {
            return null;
        }
        if (key == null && root.stream().anyMatch(Face::hashes)) {
            throw new IllegalArgumentException("there is no key to hash with");
        }
        return new Redaction(root, key == null ? new byte[0] : key.clone());
    }

    /** How a schema that is written out treats the value as a whole. */
    static Treatment treatment(JsonNode written) {
        return strictest(faces(written));
    }

    /** Whether a schema that is written out classifies that member, or anything in it. */
    static boolean classifies(JsonNode written, String member) {
        List<Face> applying = new ArrayList<>();
        faces(written).forEach(face -> face.member(member, applying));
        return classify(applying);
    }

    /** The event as it may be stored. */
    byte[] applied(TenantId tenant, JsonNode event) {
        ObjectNode out = Json.object();
        event.properties().forEach(member -> out.set(member.getKey(), member.getValue()));
        JsonNode data = redacted(event.path("data"), root, new Hash(key, tenant));
        out.set("data", data == null ? Json.object() : data);
        return Json.bytes(out);
    }

    private static boolean classify(List<Face> faces) {
        return faces.stream().anyMatch(Face::classifies);
    }

    private static List<Face> faces(JsonNode schema) {
        List<Face> faces = new ArrayList<>();
        collect(schema, faces);
        return List.copyOf(faces);
    }

    /** A schema, and those that may apply to the same value with it. */
    private static void collect(JsonNode schema, List<Face> faces) {
        if (!schema.isObject()) {
            return;
        }
        faces.add(face(schema));
        for (String keyword : IN_PLACE) {
            schema.path(keyword).forEach(branch -> collect(branch, faces));
        }
        for (String keyword : CONDITIONAL) {
            collect(schema.path(keyword), faces);
        }
        schema.path("dependentSchemas").forEach(branch -> collect(branch, faces));
    }

    private static Face face(JsonNode schema) {
        Map<String, List<Face>> members = new HashMap<>();
        schema.path("properties")
                .properties()
                .forEach(member -> members.put(member.getKey(), faces(member.getValue())));
        List<Pattern> patterns = new ArrayList<>();
        schema.path("patternProperties")
                .properties()
                .forEach(member ->
                        patterns.add(new Pattern(LinearExpression.of(member.getKey()), faces(member.getValue()))));
        List<Face> otherMembers = new ArrayList<>(faces(schema.path("additionalProperties")));
        otherMembers.addAll(faces(schema.path("unevaluatedProperties")));
        List<Face> anyItem = faces(schema.path("contains"));
        List<List<Face>> items = new ArrayList<>();
        schema.path("prefixItems").forEach(item -> {
            List<Face> both = new ArrayList<>(faces(item));
            both.addAll(anyItem);
            items.add(both);
        });
        List<Face> otherItems = new ArrayList<>(faces(schema.path("items")));
        otherItems.addAll(faces(schema.path("unevaluatedItems")));
        otherItems.addAll(anyItem);
        return new Face(said(schema), members, patterns, otherMembers, items, otherItems);
    }

    private static Treatment said(JsonNode schema) {
        return switch (schema.path(KEYWORD).asString("keep")) {
            case "hash" -> Treatment.HASH;
            case "drop" -> Treatment.DROP;
            default -> Treatment.KEEP;
        };
    }

    /** The value as it may be stored; null where it may not be. */
    private static @Nullable JsonNode redacted(JsonNode value, List<Face> faces, Hash hash) {
        return switch (strictest(faces)) {
            case DROP -> null;
            case HASH -> hash.of(value);
            case KEEP -> value.isContainer() && !faces.isEmpty() ? within(value, faces, hash) : value;
        };
    }

    private static Treatment strictest(List<Face> faces) {
        Treatment strictest = Treatment.KEEP;
        for (Face face : faces) {
            strictest = face.own.compareTo(strictest) > 0 ? face.own : strictest;
        }
        return strictest;
    }

    private static JsonNode within(JsonNode value, List<Face> faces, Hash hash) {
        if (value.isObject()) {
            ObjectNode out = Json.object();
            value.properties().forEach(member -> {
                List<Face> applying = new ArrayList<>();
                faces.forEach(face -> face.member(member.getKey(), applying));
                JsonNode kept = redacted(member.getValue(), applying, hash);
                if (kept != null) {
                    out.set(member.getKey(), kept);
                }
            });
            return out;
        }
        ArrayNode out = Json.object().arrayNode();
        for (int i = 0; i < value.size(); i++) {
            List<Face> applying = new ArrayList<>();
            int index = i;
            faces.forEach(face -> face.item(index, applying));
            JsonNode kept = redacted(value.get(i), applying, hash);
            if (kept != null) {
                out.add(kept);
            }
        }
        return out;
    }

    /** HMAC-SHA-256 with a key that is made of the organisation's for the tenant: equal values of two tenants differ. */
    private static final class Hash {
        private final Mac mac;

        private Hash(byte[] key, TenantId tenant) {
            try {
                mac = Mac.getInstance(ALGORITHM);
                if (key.length > 0) {
                    mac.init(new SecretKeySpec(key, ALGORITHM));
                    byte[] own = mac.doFinal(tenant.value().getBytes(StandardCharsets.UTF_8));
                    mac.init(new SecretKeySpec(own, ALGORITHM));
                }
            } catch (InvalidKeyException e) {
                throw new IllegalArgumentException("no key", e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
            }
        }

        /** A value's hash; null stays null, and of what holds values each is hashed. */
        private JsonNode of(JsonNode value) {
            if (value.isNull()) {
                return value;
            }
            if (value.isObject()) {
                ObjectNode out = Json.object();
                value.properties().forEach(member -> out.set(member.getKey(), of(member.getValue())));
                return out;
            }
            if (value.isArray()) {
                ArrayNode out = Json.object().arrayNode();
                value.forEach(item -> out.add(of(item)));
                return out;
            }
            byte[] hash = mac.doFinal(text(value).getBytes(StandardCharsets.UTF_8));
            return Json.object()
                    .stringNode(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
        }

        /** Text that is equal for equal values, and for no others: 1 and 1.0 are, 1 and "1" are not. */
        private static String text(JsonNode value) {
            return value.isString()
                    ? "\"" + value.stringValue()
                    : value.isNumber() ? Decimals.text(value.decimalValue()) : value.asString();
        }
    }
}
