package io.weir.schemas;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One act for the audit trail. Each stage appends it by {@code select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)},
 * with {@link #parameters()}, as the last statement of the act's own transaction: so none is missing, and none is there of an
 * act that failed. A caller that changed nothing did nothing.
 *
 * @param object id of what it was done to; of what belongs to something, that one's id and {@code /} before it
 * @param before JSON of what was there; null where there was nothing. Never with a secret in it
 * @param after JSON of what is there now; null where nothing is
 */
public record Audited(
        TenantId tenant,
        Actor actor,
        Act act,
        String object,
        @Nullable String before,
        @Nullable String after) {
    /** An act on states that are given as values, for which JSON is made. */
    public static Audited of(
            TenantId tenant, Actor actor, Act act, String object, @Nullable Object before, @Nullable Object after) {
        return new Audited(
                tenant,
                actor,
                act,
                object,
                before == null ? null : CanonicalJson.text(Json.tree(before)),
                after == null ? null : CanonicalJson.text(Json.tree(after)));
    }

    /** The parameters of {@code audit_append}, in their order. */
    public List<@Nullable Object> parameters() {
        return Arrays.asList(
                tenant.value(),
                actor.principal(),
                actor.credential(),
                actor.correlation(),
                act.text(),
                act.kind(),
                object,
                before,
                after);
    }
}
