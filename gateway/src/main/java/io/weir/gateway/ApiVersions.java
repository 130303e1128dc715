package io.weir.gateway;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.weir.settings.ApiVersion;
import io.weir.settings.ApiVersion.State;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The registry of API versions: which are offered now, by the clock, and what the answers of each tell of it.
 *
 * <p>Routes are written under {@link #WRITTEN}, whose contract they are; every version that is not sunset serves them under
 * its own name. The current version tells nothing and costs nothing.
 */
final class ApiVersions {
    /** What the paths of routes and of the contract begin with. */
    static final String WRITTEN = "/v1/";

    private static final CharSequence DEPRECATION = HttpHeaders.createOptimized("Deprecation");
    private static final CharSequence SUNSET = HttpHeaders.createOptimized("Sunset");
    private static final CharSequence STATE = HttpHeaders.createOptimized("Weir-API-State");
    private static final CharSequence LINK = HttpHeaders.createOptimized("Link");
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final List<ApiVersion> versions;
    private final InstantSource clock;

    ApiVersions(List<ApiVersion> versions, InstantSource clock) {
        this.versions = List.copyOf(versions);
        this.clock = clock;
        Instant now = clock.instant();
        versions.stream()
                .filter(version -> version.state() == State.SUNSET
                        && version.sunsetAt().orElse(now).isAfter(now))
                .findFirst()
                .ifPresent(version -> {
                    throw new StartFailure("api.versions: " + version.version()
                            + " is sunset, but its sunsetAt is to come; until then it is deprecated");
                });
    }

    List<ApiVersion> all() {
        return versions;
    }

    /** Where the version stands by now: a deprecated one is sunset from its day on. */
    State state(ApiVersion version) {
        boolean over = version.sunsetAt().isPresent()
                && !clock.instant().isBefore(version.sunsetAt().get());
        return over ? State.SUNSET : version.state();
    }

    /** Those that answer now. */
    List<ApiVersion> offered() {
        return versions.stream()
                .filter(version -> state(version) != State.SUNSET)
                .toList();
    }

    /** The names of those that answer now. */
    List<String> names() {
        return offered().stream().map(ApiVersion::version).toList();
    }

    /** The one that a newcomer should use: the current one, or else the first that answers. */
    Optional<ApiVersion> preferred() {
        List<ApiVersion> offered = offered();
        return offered.stream()
                .filter(version -> version.state() == State.CURRENT)
                .findFirst()
                .or(() -> offered.stream().findFirst());
    }

    /** Where a route, or a path of the contract, is found in that version. */
    static String path(ApiVersion version, String written) {
        return written.startsWith(WRITTEN)
                ? "/" + version.version() + "/" + written.substring(WRITTEN.length())
                : written;
    }

    /** Every path at which a route is served. */
    List<String> paths(String written) {
        return written.startsWith(WRITTEN)
                ? offered().stream().map(version -> path(version, written)).toList()
                : List.of(written);
    }

    /** Whether its answers say more than those of the current version. */
    static boolean tells(ApiVersion version) {
        return version.state() != State.CURRENT;
    }

    /** The version that comes after a deprecated or sunset one: the current one, or else one in preview. */
    Optional<ApiVersion> successor(ApiVersion of) {
        List<ApiVersion> others = offered().stream()
                .filter(version -> !version.equals(of) && version.state() != State.DEPRECATED)
                .toList();
        return others.stream()
                .filter(version -> version.state() == State.CURRENT)
                .findFirst()
                .or(() -> others.stream().findFirst());
    }

    /** Puts what an answer of the version tells of it into its head; last, so that a page's own links stay. */
    void tell(ApiVersion version, HttpServerResponse response, String path) {
        if (version.state() == State.PREVIEW) {
            response.putHeader(STATE, "preview");
        }
        version.deprecatedAt().ifPresent(at -> response.putHeader(DEPRECATION, "@" + at.getEpochSecond()));
        version.sunsetAt().ifPresent(at -> response.putHeader(SUNSET, HTTP_DATE.format(at)));
        List<String> links = new ArrayList<>();
        String own = response.headers().get(LINK);
        if (own != null) {
            links.add(own);
        }
        links.addAll(links(version, path));
        if (!links.isEmpty()) {
            response.putHeader(LINK, String.join(", ", links));
        }
    }

    private List<String> links(ApiVersion version, String path) {
        List<String> links = new ArrayList<>();
        if (version.state() == State.PREVIEW) {
            return links;
        }
        version.link().ifPresent(link -> {
            if (version.deprecatedAt().isPresent()) {
                links.add("<" + link + ">; rel=\"deprecation\"");
            }
            if (version.sunsetAt().isPresent()) {
                links.add("<" + link + ">; rel=\"sunset\"");
            }
        });
        successor(version).ifPresent(next -> {
            String rest =
                    path.substring(Math.min(path.length(), version.version().length() + 1));
            links.add("<" + uri("/" + next.version() + rest) + ">; rel=\"successor-version\"");
        });
        return links;
    }

    /** A path as it may stand in a link: a raw request line can hold what a URI reference cannot. */
    private static String uri(String path) {
        return path.replace("<", "%3C").replace(">", "%3E").replace("\"", "%22");
    }
}
