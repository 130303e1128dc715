package io.weir.settings;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A version of the API: the first part of its paths, and where it stands in its life.
 *
 * @param version its name in paths, such as {@code v1}
 * @param deprecatedAt since when, or from when on, it is deprecated
 * @param sunsetAt when it stops to answer
 * @param link where people read about it: an address, or a path of the node
 */
public record ApiVersion(
        String version,
        State state,
        Optional<Instant> deprecatedAt,
        Optional<Instant> sunsetAt,
        Optional<String> link) {
    /** The life of a version, in its order. */
    public enum State {
        /** Offered to be tried; may still change. */
        PREVIEW,
        /** The one to use. */
        CURRENT,
        /** Still answers, and says that it will not for ever. */
        DEPRECATED,
        /** Answers no more. */
        SUNSET
    }

    public ApiVersion {
        boolean leaving = state == State.DEPRECATED || state == State.SUNSET;
        boolean inOrder =
                deprecatedAt.isEmpty() || sunsetAt.isEmpty() || !sunsetAt.get().isBefore(deprecatedAt.get());
        Rules.check(
                Rules.that(version.matches("v(0|[1-9][0-9]{0,3})"), "version must be v and a number, not " + version),
                Rules.that(
                        leaving || (deprecatedAt.isEmpty() && sunsetAt.isEmpty()),
                        version + " has deprecatedAt or sunsetAt, but is neither deprecated nor sunset"),
                Rules.that(
                        state != State.DEPRECATED || deprecatedAt.isPresent(),
                        version + " is deprecated and needs deprecatedAt"),
                Rules.that(state != State.SUNSET || sunsetAt.isPresent(), version + " is sunset and needs sunsetAt"),
                Rules.that(inOrder, version + ": sunsetAt must not be before deprecatedAt"),
                Rules.that(
                        link.isEmpty() || link.get().matches("(https?:/)?/[^\\s<>\"\\\\]*"),
                        version + ": link must be an http address or a path"));
    }

    /** What must hold among versions. */
    static List<Optional<String>> rules(List<ApiVersion> versions) {
        TreeSet<String> names = new TreeSet<>();
        List<String> twice = versions.stream()
                .map(ApiVersion::version)
                .filter(name -> !names.add(name))
                .toList();
        Stream<ApiVersion> current = versions.stream().filter(one -> one.state() == State.CURRENT);
        return List.of(
                Rules.that(twice.isEmpty(), "versions names " + String.join(", ", twice) + " twice"),
                Rules.that(current.count() <= 1, "versions may hold one that is current, not more"),
                Rules.that(
                        versions.stream().anyMatch(one -> one.state() != State.SUNSET),
                        "versions must hold one that is not sunset"));
    }
}
