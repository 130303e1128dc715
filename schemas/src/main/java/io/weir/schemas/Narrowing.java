package io.weir.schemas;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * To what a credential is narrowed beside its scopes; each part that is null narrows nothing.
 *
 * @param eventTypes types of events that it may post; each exact, or a beginning with a trailing {@code *}
 * @param sources sources of events that it may post; written the same way
 * @param system the system that it speaks for
 * @param customers the customers that it may see and act on; with any, nothing of the tenant as a whole
 */
public record Narrowing(
        @Nullable List<String> eventTypes,
        @Nullable List<String> sources,
        @Nullable OwningSystem system,
        @Nullable Set<CustomerId> customers) {
    /** Of a credential that is not narrowed. */
    public static final Narrowing NONE = new Narrowing(null, null, null, null);

    /** Whether events of that type may be posted. */
    public boolean mayPostType(String type) {
        return eventTypes == null || matches(eventTypes, type);
    }

    /** Whether events of that source may be posted. */
    public boolean mayPostSource(String source) {
        return sources == null || matches(sources, source);
    }

    /** Whether that customer may be seen. */
    public boolean maySee(CustomerId customer) {
        return customers == null || customers.contains(customer);
    }

    private static boolean matches(List<String> patterns, String text) {
        for (String pattern : patterns) {
            boolean open = pattern.endsWith("*");
            if (open ? text.startsWith(pattern.substring(0, pattern.length() - 1)) : text.equals(pattern)) {
                return true;
            }
        }
        return false;
    }
}
