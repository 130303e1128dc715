package io.weir.schemas;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param items what it holds, in the list's order
 * @param next cursor of the page after it; null where this is the last one
 */
public record Page<T>(List<T> items, @Nullable String next) {
    public Page {
        items = List.copyOf(items);
    }

    /**
     * The page that a list's answer is; one more than the limit was asked for, to see whether there is a next one.
     *
     * @param at where in the list an item stands
     */
    public static <T> Page<T> upTo(List<T> found, int limit, Function<T, Cursor> at) {
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(
                        found.subList(0, limit), at.apply(found.get(limit - 1)).text());
    }
}
