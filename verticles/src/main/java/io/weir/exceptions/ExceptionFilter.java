package io.weir.exceptions;

import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which exceptions; null for all.
 *
 * @param state open (also where null) or resolved; a document that was sent after all is no exception any more
 * @param owner who looks after it
 * @param assigned whether anybody does
 * @param openedFrom inclusive
 * @param openedTo exclusive
 */
public record ExceptionFilter(
        @Nullable String reason,
        @Nullable String state,
        @Nullable String kind,
        @Nullable CustomerId customer,
        @Nullable String owner,
        @Nullable Boolean assigned,
        @Nullable Instant openedFrom,
        @Nullable Instant openedTo) {
    private static final Set<String> STATES = Set.of("open", "resolved");
    private static final Set<String> KINDS = Set.of("event", "document", "source-total", "usage");

    public ExceptionFilter {
        state = Objects.requireNonNullElse(state, "open");
        List<FieldError> errors = new ArrayList<>();
        if (!STATES.contains(state)) {
            errors.add(new FieldError("/state", "must be open or resolved"));
        }
        if (kind != null && !KINDS.contains(kind)) {
            errors.add(new FieldError("/kind", "must be event, document, source-total or usage"));
        }
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
    }
}
