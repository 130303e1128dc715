package io.weir.local.erp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The vendor's paths: upsert and read of invoices and credit memos by external id.
 *
 * <p>In the order of arrival a request meets: the fault {@code down}, the limit of concurrent requests, the token, and
 * if it writes the other faults. What it has passed so far changes nothing for those after it.
 */
final class VendorPaths {
    private static final String RECORDS = "/services/rest/record/v1/";
    private static final Pattern RECORD = Pattern.compile(RECORDS + "([A-Za-z]+)/(?:eid:([^/]+)|([0-9]{1,18}))");
    private static final Set<String> TYPES = Set.of("invoice", "creditMemo");
    private static final Set<HttpMethod> WRITES =
            Set.of(HttpMethod.PUT, HttpMethod.POST, HttpMethod.PATCH, HttpMethod.DELETE);
    /** U which of the two a synchronous request may name; both are accepted. */
    private static final Set<String> MEDIA_TYPES = Set.of("application/json", "application/vnd.oracle.resource+json");

    private static final long LARGEST_BODY_BYTES = 16L << 20;

    private final Vertx vertx;
    private final ErpSimulator.Settings settings;
    private final InstantSource clock;
    private final Documents documents;
    private final Faults faults;
    private final RequestLog log;
    private final RecordBody bodies;
    private int underWay;
    private boolean nextThrottleIsBadRequest;

    VendorPaths(
            Vertx vertx,
            ErpSimulator.Settings settings,
            InstantSource clock,
            Documents documents,
            Faults faults,
            RequestLog log) {
        this.vertx = vertx;
        this.settings = settings;
        this.clock = clock;
        this.documents = documents;
        this.faults = faults;
        this.log = log;
        bodies = new RecordBody(new AccountingPeriods(clock));
    }

    Router router() {
        Router router = Router.router(vertx);
        router.route().handler(this::admit);
        router.route().handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY_BYTES));
        router.put().handler(this::upsert);
        router.get().handler(this::read);
        router.route()
                .handler(call -> exchange(call)
                        .refuse(VendorRefusal.methodNotAllowed(
                                call.request().method().name())));
        router.route().failureHandler(this::fail);
        return router;
    }

    private void admit(RoutingContext call) {
        var request = call.request();
        var entry = log.arrived(
                clock.instant(),
                request.method().name(),
                call.normalizedPath(),
                Target.of(call.normalizedPath()).map(Target::externalId).orElse(null));
        Exchange exchange = new Exchange(vertx, request, entry);
        call.put(Exchange.KEY, exchange);
        if (faults.takeDown()) {
            exchange.meetDown();
            return;
        }
        underWay++;
        call.addEndHandler(ended -> underWay--);
        if (underWay > settings.concurrencyLimit()) {
            exchange.refuse(throttle());
        } else if (!hasToken(request.getHeader(HttpHeaders.AUTHORIZATION))) {
            exchange.refuse(VendorRefusal.invalidLogin());
        } else if (WRITES.contains(request.method())) {
            faults.takeForWrite().ifPresentOrElse(fault -> meet(call, exchange, fault), call::next);
        } else {
            call.next();
        }
    }

    private void meet(RoutingContext call, Exchange exchange, Fault fault) {
        exchange.meet(fault);
        switch (fault.kind()) {
            case DROP_BEFORE_COMMIT, DOWN -> exchange.cut();
            case THROTTLE -> exchange.refuse(throttle());
            case ERROR -> exchange.refuse(VendorRefusal.unexpected());
            case PERIOD_CLOSED -> exchange.refuse(VendorRefusal.periodClosed());
            case DELAY, DROP_AFTER_COMMIT -> call.next();
        }
    }

    private VendorRefusal throttle() {
        nextThrottleIsBadRequest = !nextThrottleIsBadRequest;
        return nextThrottleIsBadRequest ? VendorRefusal.throttled() : VendorRefusal.throttledAsBadRequest();
    }

    private boolean hasToken(@Nullable String authorization) {
        byte[] given = (authorization == null ? "" : authorization).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(given, ("Bearer " + settings.token()).getBytes(StandardCharsets.UTF_8));
    }

    private void upsert(RoutingContext call) {
        Exchange exchange = exchange(call);
        try {
            Target target = target(call);
            if (target.externalId() == null) {
                // V: an upsert never takes an internal id.
                throw VendorRefusal.methodNotAllowed("PUT");
            }
            requireMediaType(call.request().getHeader(HttpHeaders.CONTENT_TYPE));
            byte[] body = call.body().buffer() == null
                    ? new byte[0]
                    : call.body().buffer().getBytes();
            boolean replaceLines = call.queryParam("replace").stream()
                    .anyMatch(value -> Set.of(value.split(",")).contains("item"));
            Draft draft = bodies.read(target.type(), target.externalId(), body, replaceLines);
            vertx.executeBlocking(() -> documents.upsert(draft), true)
                    .onSuccess(document -> exchange.stored(location(call, document)))
                    .onFailure(call::fail);
        } catch (VendorRefusal refusal) {
            exchange.refuse(refusal);
        }
    }

    private void read(RoutingContext call) {
        Exchange exchange = exchange(call);
        try {
            Target target = target(call);
            boolean expanded = call.queryParam("expandSubResources").contains("true");
            vertx.executeBlocking(() -> find(target), true)
                    .onSuccess(found -> found.ifPresentOrElse(
                            document -> exchange.found(record(call, document, expanded)),
                            () -> exchange.refuse(VendorRefusal.notFound())))
                    .onFailure(call::fail);
        } catch (VendorRefusal refusal) {
            exchange.refuse(refusal);
        }
    }

    private Optional<Document> find(Target target) {
        return target.externalId() != null
                ? documents.find(target.type(), target.externalId())
                : documents.find(target.type(), target.internalId());
    }

    private void fail(RoutingContext call) {
        Exchange exchange = exchange(call);
        exchange.refuse(call.failure() instanceof VendorRefusal refusal ? refusal : VendorRefusal.unexpected());
    }

    private static Exchange exchange(RoutingContext call) {
        return call.get(Exchange.KEY);
    }

    private static void requireMediaType(@Nullable String contentType) throws VendorRefusal {
        String given = contentType == null ? "" : contentType;
        if (!MEDIA_TYPES.contains(given.split(";", 2)[0].strip())) {
            throw VendorRefusal.invalidContentType(given);
        }
    }

    private static Target target(RoutingContext call) throws VendorRefusal {
        return Target.of(call.normalizedPath())
                .filter(target -> TYPES.contains(target.type()))
                .orElseThrow(() -> VendorRefusal.noSuchResource(call.normalizedPath()));
    }

    private String location(RoutingContext call, Document document) {
        return "http://%s%s%s/%d"
                .formatted(call.request().authority(), RECORDS, document.type(), document.internalId());
    }

    /** The record as read: C for id, links and references; U that totals come as numbers beside them. */
    private ObjectNode record(RoutingContext call, Document document, boolean expanded) {
        String self = location(call, document);
        ObjectNode json = Json.object();
        link(json, self);
        json.put("id", Long.toString(document.internalId())).put("externalId", document.externalId());
        json.setAll(document.record().deepCopy());
        ObjectNode entity = json.putObject("entity");
        entity.put("id", Long.toString(documents.customerId(document)))
                .put("refName", document.customer())
                .put("externalId", document.customer());
        ObjectNode lines = json.putObject("item");
        link(lines, self + "/item");
        if (expanded) {
            // C: without expandSubResources=true a sublist is a link only.
            var items = lines.putArray("items");
            document.lines().forEach(line -> items.add(line.deepCopy()));
            lines.put("totalResults", items.size());
        }
        json.put("total", document.total());
        return json;
    }

    private static void link(ObjectNode json, String href) {
        json.putArray("links").addObject().put("rel", "self").put("href", href);
    }

    private static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** What a path of the record API names: a record type, and one record by its external or internal id. */
    private record Target(String type, @Nullable String externalId, long internalId) {
        static Optional<Target> of(String path) {
            Matcher matcher = RECORD.matcher(path);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String external = matcher.group(2);
            return Optional.of(
                    external == null
                            ? new Target(matcher.group(1), null, Long.parseLong(matcher.group(3)))
                            : new Target(matcher.group(1), decoded(external), 0));
        }
    }
}
