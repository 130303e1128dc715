package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import io.weir.settings.ApiVersion;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** A node that offers a deprecated version and one in preview, beside one that was sunset. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiVersionsTest {
    private static final String VERSIONS = """
            - { version: v0, state: sunset, deprecatedAt: 2020-01-01T00:00:00Z, sunsetAt: 2021-01-01T00:00:00Z, link: /v0-is-gone }
            - { version: v1, state: deprecated, deprecatedAt: 2023-06-30T23:59:59Z, sunsetAt: 2099-11-06T08:49:37Z, link: "https://example.com/v1" }
            - { version: v2, state: current }
            - { version: v3, state: preview }
            """;
    private static final String LINKS =
            "<https://example.com/v1>; rel=\"deprecation\", <https://example.com/v1>; rel=\"sunset\", ";
    private static final Pattern URL = Pattern.compile("(?:href|src|data-document)=\"([^\"]*)\"");

    private final RunningNode node = RunningNode.start(Map.of("WEIR_API_VERSIONS", VERSIONS));

    @AfterAll
    void leave_nothing_running() {
        node.close();
    }

    @Test
    void every_offered_version_serves_the_same_and_the_current_one_tells_nothing() {
        for (String version : List.of("v1", "v2", "v3")) {
            assertEquals(200, get("/" + version + "/customers/cust-001").statusCode());
        }
        HttpResponse<String> current = get("/v2/customers/cust-001");
        for (String header : List.of("Deprecation", "Sunset", "Link", "Weir-API-State")) {
            assertEquals(Optional.empty(), current.headers().firstValue(header));
        }
        assertEquals("preview", header(get("/v3/customers/cust-001"), "Weir-API-State"));
    }

    @Test
    void every_answer_of_a_deprecated_version_says_so_a_refusal_too() {
        List<HttpResponse<String>> answers = List.of(
                get("/v1/customers/cust-001"),
                get("/v1/customers/nobody"),
                Asking.of("GET", node.url() + "/v1/customers/cust-001").ask(),
                Asking.of("DELETE", node.url() + "/v1/customers/cust-001").ask(),
                Asking.of("GET", node.url() + "/v1/nothing/here").ask());
        assertEquals(
                List.of(200, 404, 401, 405, 404),
                answers.stream().map(HttpResponse::statusCode).toList());
        for (HttpResponse<String> answer : answers) {
            assertEquals("@1688169599", header(answer, "Deprecation"));
            assertEquals("Fri, 06 Nov 2099 08:49:37 GMT", header(answer, "Sunset"));
            String next = answer.request().uri().getPath().replace("/v1/", "/v2/");
            assertEquals(LINKS + "<" + next + ">; rel=\"successor-version\"", header(answer, "Link"));
        }
    }

    @Test
    void a_page_of_a_deprecated_version_keeps_its_own_link() {
        HttpResponse<String> page = get("/v1/customers?limit=1");
        List<String> links = page.headers().allValues("Link");
        assertEquals(1, links.size());
        assertTrue(links.getFirst().startsWith("</v1/customers?limit=1&cursor="), links.getFirst());
        assertTrue(links.getFirst().contains(">; rel=\"next\", " + LINKS), links.getFirst());
    }

    @Test
    void a_sunset_version_is_gone_and_an_unknown_one_not_there_for_anybody() {
        HttpResponse<String> gone = Asking.of("POST", node.url() + "/v0/events")
                .body("text/plain", "x")
                .ask();
        assertEquals(410, gone.statusCode());
        assertEquals("/problems/version-gone", problem(gone).path("type").asString());
        assertEquals("@1577836800", header(gone, "Deprecation"));
        assertEquals("Fri, 01 Jan 2021 00:00:00 GMT", header(gone, "Sunset"));
        assertTrue(header(gone, "Link").endsWith("</v2/events>; rel=\"successor-version\""), header(gone, "Link"));
        HttpResponse<String> unknown =
                Asking.of("GET", node.url() + "/v9/usage").ask();
        assertEquals(404, unknown.statusCode());
        assertEquals("/problems/unknown-route", problem(unknown).path("type").asString());
        for (HttpResponse<String> answer : List.of(gone, unknown)) {
            assertEquals(
                    List.of("v1", "v2", "v3"), Contract.strings(problem(answer).path("offered")));
        }
        assertEquals(
                404, Asking.of("GET", node.url() + "/docs?version=v0").ask().statusCode());
        assertEquals(
                List.of("v1", "v2", "v3"),
                Contract.strings(Json.tree(node.management("/info").body()).path("apiVersions")));
    }

    @Test
    void the_document_of_a_version_is_of_its_paths_and_says_where_it_stands() {
        JsonNode old = problem(get("/v1/openapi.json"));
        assertEquals("deprecated", old.at("/info/x-api-state").asString());
        assertEquals("2099-11-06T08:49:37Z", old.at("/info/x-sunset-at").asString());
        assertTrue(old.at("/paths/~1v1~1usage/get/deprecated").asBoolean());
        assertTrue(old.at("/paths/~1v1~1usage/get/responses/200/headers").has("Sunset"));
        assertTrue(old.at("/components/responses/Forbidden/headers").has("Deprecation"));
        JsonNode next = problem(get("/v3/openapi.json"));
        assertEquals("preview", next.at("/info/x-api-state").asString());
        assertTrue(next.at("/servers/0/description").asString().contains("v3, preview"));
        assertFalse(next.toString().contains("/v1/"), "a path of another version");
        Set<String> paths = new HashSet<>(next.path("paths").propertyNames());
        assertEquals(new Contract().document().path("paths").size(), paths.size());
        for (String path : paths) {
            String asked = node.url() + path.replaceAll("[{}]", "");
            int status = Asking.of("TRACE", asked).ask().statusCode();
            assertEquals(405, status, path);
        }
    }

    @Test
    void the_reference_page_needs_nothing_but_this_node() {
        Asking asking = Asking.of("GET", node.url() + "/docs");
        HttpResponse<String> page = asking.ask();
        assertEquals(200, page.statusCode());
        assertTrue(header(page, "Content-Security-Policy").startsWith("default-src 'none'; script-src 'self'; "));
        assertTrue(page.body().contains("<script src=") && !page.body().contains("<script>"), page.body());
        Set<String> found = new HashSet<>();
        Matcher urls = URL.matcher(page.body());
        while (urls.find()) {
            found.add(urls.group(1));
        }
        assertTrue(found.remove("data:,"));
        assertTrue(found.containsAll(Set.of("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/v2/openapi.json")));
        assertTrue(found.contains("/docs?version=v1"));
        for (String url : found) {
            assertEquals(200, Asking.of("GET", node.url() + url).ask().statusCode(), url);
        }
        String css = Asking.of("GET", node.url() + "/docs/swagger-ui.css").ask().body();
        assertFalse(css.contains("url(http") || css.contains("@import"), "the style sheet loads from elsewhere");
        assertEquals(
                304, asking.with("If-None-Match", header(page, "ETag")).ask().statusCode());
    }

    @Test
    void a_deprecated_version_is_gone_from_its_day_on() {
        Instant day = Instant.parse("2030-01-01T00:00:00Z");
        Instant[] now = {day.minusMillis(1)};
        InstantSource clock = () -> now[0];
        ApiVersion leaving = version("v1", ApiVersion.State.DEPRECATED, day.minusSeconds(9), day);
        ApiVersions versions =
                new ApiVersions(List.of(leaving, version("v2", ApiVersion.State.PREVIEW, null, null)), clock);
        assertEquals(List.of("v1", "v2"), versions.names());
        assertEquals("v1", versions.preferred().orElseThrow().version());
        assertEquals("v2", versions.successor(leaving).orElseThrow().version());
        now[0] = day;
        assertEquals(ApiVersion.State.SUNSET, versions.state(leaving));
        assertEquals(List.of("v2"), versions.names());
    }

    @Test
    void a_version_that_is_sunset_before_its_day_ends_the_start() {
        Instant now = Instant.parse("2030-01-01T00:00:00Z");
        List<ApiVersion> early = List.of(version("v1", ApiVersion.State.SUNSET, null, now.plusSeconds(1)));
        assertThrows(StartFailure.class, () -> new ApiVersions(early, () -> now));
    }

    private static ApiVersion version(
            String name,
            ApiVersion.State state,
            @org.jspecify.annotations.Nullable Instant deprecated,
            @org.jspecify.annotations.Nullable Instant sunset) {
        return new ApiVersion(
                name, state, Optional.ofNullable(deprecated), Optional.ofNullable(sunset), Optional.empty());
    }

    private HttpResponse<String> get(String path) {
        return Asking.of("GET", node.url() + path).by(node.key("admin")).ask();
    }

    private static JsonNode problem(HttpResponse<String> answer) {
        return Json.tree(answer.body());
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
