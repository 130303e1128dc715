package io.weir.gateway;

import io.vertx.core.buffer.Buffer;
import io.weir.policies.Call;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.ApiVersion;
import io.weir.settings.ApiVersion.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The reference that a browser shows: Swagger UI, packed into the build, over the served OpenAPI documents.
 *
 * <p>Everything comes from this node: the Content-Security-Policy lets the page load nothing from anywhere else, and run no
 * script that is written into it.
 */
final class ReferencePage {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                    + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> FILES = Map.of(
            "swagger-ui.css", "text/css; charset=utf-8",
            "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
            "reference.css", "text/css; charset=utf-8",
            "reference.js", "text/javascript; charset=utf-8");
    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Weir API %1$s</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="/docs/swagger-ui.css">
            <link rel="stylesheet" href="/docs/reference.css">
            </head>
            <body>
            <header><strong>Weir API</strong><nav>%2$s</nav><a href="/%1$s/openapi.json">openapi.json</a></header>
            <main id="reference" data-document="/%1$s/openapi.json"></main>
            <noscript>This page needs JavaScript; all that it shows stands in <a href="/%1$s/openapi.json">openapi.json</a>.</noscript>
            <script src="/docs/swagger-ui-bundle.js"></script>
            <script src="/docs/reference.js"></script>
            </body>
            </html>
            """;

    private final ApiVersions versions;
    private final Map<String, Kept> files = new LinkedHashMap<>();

    ReferencePage(ApiVersions versions) {
        this.versions = versions;
        FILES.forEach((name, media) -> files.put(name, new Kept(read(name), media)));
    }

    /** The page of a version that answers now; without one, of the one to use. */
    Answer page(Call call) {
        String asked = call.query("version");
        ApiVersion version = versions.offered().stream()
                .filter(offered -> offered.version().equals(asked))
                .findFirst()
                .or(() -> asked == null ? versions.preferred() : java.util.Optional.empty())
                .orElseThrow(() -> new RefusedException(new Refusal.NotFound("API version")));
        String page = PAGE.formatted(version.version(), links(versions.offered(), version));
        return guarded(new Kept(Buffer.buffer(page), HTML).answer(call));
    }

    /** A file that the page loads. */
    Answer file(Call call) {
        Kept file = files.get(call.path("file"));
        if (file == null) {
            throw new RefusedException(new Refusal.NotFound("file of the reference"));
        }
        return guarded(file.answer(call));
    }

    private static String links(List<ApiVersion> offered, ApiVersion shown) {
        return offered.stream()
                .map(version -> "<a href=\"/docs?version=%s\"%s>%s%s</a>"
                        .formatted(
                                version.version(),
                                version.equals(shown) ? " aria-current=\"page\"" : "",
                                version.version(),
                                version.state() == State.CURRENT
                                        ? ""
                                        : " (" + version.state().name().toLowerCase(Locale.ROOT) + ")"))
                .collect(Collectors.joining(" "));
    }

    private static Answer guarded(Answer answer) {
        return answer.with("Content-Security-Policy", POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer");
    }

    private static Buffer read(String name) {
        try (InputStream in = ReferencePage.class.getResourceAsStream("/reference/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks /reference/" + name);
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
