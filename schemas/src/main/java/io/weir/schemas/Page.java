package io.weir.schemas;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list, as the API answers it.
 *
 * @param items what is on this page
 * @param next cursor of the page after it, for the Link header; null on the last page
 */
public record Page<T>(List<T> items, @JsonIgnore @Nullable String next) {}
