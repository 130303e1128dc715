package io.weir.masterdata;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Whether no value can be accepted by two schemas of a list: then exactly one accepts whatever one accepts. */
final class Disjoint {
    private Disjoint() {}

    static boolean all(JsonNode schemas) {
        List<Facts> facts = schemas.valueStream().map(Facts::of).toList();
        for (int i = 0; i < facts.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!disjoint(facts.get(i), facts.get(j))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** They are of other kinds, or objects that a required text tells apart. */
    private static boolean disjoint(Facts one, Facts other) {
        Set<Facts.Kind> both = one.kinds();
        both.retainAll(other.kinds());
        if (both.isEmpty()) {
            return true;
        }
        return both.equals(Set.of(Facts.Kind.OBJECT))
                && one.declared().stream()
                        .filter(name -> one.requires(name) && other.requires(name))
                        .anyMatch(name -> apart(texts(one.member(name)), texts(other.member(name))));
    }

    private static boolean apart(Set<String> one, Set<String> other) {
        return !one.isEmpty() && !other.isEmpty() && one.stream().noneMatch(other::contains);
    }

    /** The texts that a value can be; none where it can be anything else. */
    private static Set<String> texts(Facts value) {
        List<JsonNode> values = value.constant()
                .map(List::of)
                .or(value::values)
                .filter(all -> all.stream().allMatch(JsonNode::isString))
                .orElse(List.of());
        return values.stream().map(JsonNode::stringValue).collect(Collectors.toSet());
    }
}
