package io.weir.masterdata;

import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object of master data that have owners, by their pointer: what of them a write changes, and whether its
 * writer may. A customer's identities of one system are one field.
 */
final class Fields {
    private static final String IDENTITIES = "/identities/";

    private Fields() {}

    /** A customer's fields that have a value. */
    static Map<String, Object> of(Commands.Customer content) {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("/name", content.name());
        CustomerId parent = content.parent();
        if (parent != null) {
            fields.put("/parent", parent);
        }
        content.identities().stream()
                .collect(Collectors.groupingBy(
                        Commands.Identity::system,
                        Collectors.mapping(Commands.Identity::key, Collectors.toCollection(TreeSet::new))))
                .forEach((system, keys) -> fields.put(IDENTITIES + system, keys));
        return fields;
    }

    /** A subscription's fields that have a value. */
    static Map<String, Object> of(Commands.Subscription content) {
        Map<String, @Nullable Object> fields = new TreeMap<>();
        fields.put("/customer", content.customer());
        fields.put("/contract", content.contract());
        fields.put("/plan", content.plan());
        fields.put("/from", content.from());
        fields.put("/to", content.to());
        fields.put("/currency", content.currency());
        fields.put("/lines", SubscriptionRules.lines(content));
        Map<String, Object> set = new TreeMap<>();
        fields.forEach((field, value) -> {
            if (value != null) {
                set.put(field, value);
            }
        });
        return set;
    }

    /** The fields whose value differs, also those that only one of both has. */
    static List<String> changed(Map<String, Object> before, Map<String, Object> after) {
        TreeSet<String> all = new TreeSet<>(before.keySet());
        all.addAll(after.keySet());
        return all.stream()
                .filter(field -> !Objects.equals(before.get(field), after.get(field)))
                .toList();
    }

    /**
     * Refuses a writer that speaks for a system and would change what another one owns. Who speaks for none may write
     * everything; so may who makes the object, since there is no value yet that could be changed.
     *
     * @param system the writer's; null for none
     */
    static void check(
            @Nullable String system,
            Optional<? extends Revised<?>> current,
            List<String> changed,
            Map<String, String> owners) {
        if (system == null || current.isEmpty()) {
            return;
        }
        List<FieldError> foreign = new ArrayList<>();
        for (String field : changed) {
            String owner = owners.get(field);
            if (owner != null && !owner.equals(system)) {
                foreign.add(new FieldError(field, "is owned by " + owner));
            }
        }
        if (!foreign.isEmpty()) {
            throw new RefusedException(new Refusal.NotSystemOfRecord(system, List.copyOf(foreign)));
        }
    }
}
