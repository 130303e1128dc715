package io.weir.masterdata;

import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rule of If-Match: who names a revision writes only over that one. */
final class Current {
    private Current() {}

    static void match(@Nullable Long ifMatch, Optional<? extends Revised<?>> current) {
        if (ifMatch == null) {
            return;
        }
        if (current.isEmpty() || current.get().revision() != ifMatch) {
            throw new RefusedException(new Refusal.PreconditionFailed(
                    current.map(revised -> Long.toString(revised.revision())).orElse("none")));
        }
    }
}
