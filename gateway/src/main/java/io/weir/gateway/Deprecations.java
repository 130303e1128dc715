package io.weir.gateway;

import io.weir.schemas.Deprecation;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** The headers that say that what was used is on its way out: Deprecation (RFC 9745), Sunset (RFC 8594) and Link (RFC 8288). */
final class Deprecations {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Deprecations() {}

    /** The answer, with the headers where anything is deprecated; of several dates the earliest. */
    static Answer told(Answer answer, List<Deprecation> deprecations) {
        if (deprecations.isEmpty()) {
            return answer;
        }
        Answer told = answer.with(
                "Deprecation",
                "@"
                        + deprecations.stream()
                                .mapToLong(one -> one.deprecatedAt().getEpochSecond())
                                .min()
                                .orElseThrow());
        Optional<Instant> sunset = deprecations.stream()
                .map(Deprecation::sunsetAt)
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder());
        if (sunset.isPresent()) {
            told = told.with("Sunset", DATE.format(sunset.get()));
        }
        String links = deprecations.stream()
                .map(Deprecation::link)
                .filter(Objects::nonNull)
                .distinct()
                .map(link -> "<" + link + ">; rel=\"deprecation\"")
                .collect(Collectors.joining(", "));
        return links.isEmpty() ? told : told.with("Link", links);
    }
}
