package io.weir.metering;

import io.vertx.core.MultiMap;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Instants;
import io.weir.schemas.JsonPointers;
import io.weir.schemas.MeterKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.SubscriptionId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How much of a meter was used in a span.
 *
 * @param from inclusive, to the microsecond
 * @param to exclusive, to the microsecond; after {@code from}
 * @param zone whose hours, days and months the windows are
 * @param groupBy the meter's dimensions, and {@code customer} and {@code subscription}, each once
 */
public record UsageQuestion(
        MeterKey meter,
        @Nullable CustomerId customer,
        @Nullable SubscriptionId subscription,
        Instant from,
        Instant to,
        Window window,
        ZoneId zone,
        List<String> groupBy) {
    static final String CUSTOMER = "customer";
    static final String SUBSCRIPTION = "subscription";

    /**
     * Reads the parameters of a request, whose names are {@code meter}, {@code customer}, {@code subscription},
     * {@code from} (default: the current month's start in the zone), {@code to} (default: now), {@code window} (default:
     * total), {@code tz} (default: UTC) and {@code groupBy}.
     *
     * @throws RefusedException with all that is wrong with them
     */
    public static UsageQuestion parse(MultiMap parameters, Instant now) {
        return new Parsing(parameters, now.truncatedTo(ChronoUnit.MICROS)).question();
    }

    boolean byCustomer() {
        return customer != null || groupBy.contains(CUSTOMER);
    }

    boolean bySubscription() {
        return subscription != null || groupBy.contains(SUBSCRIPTION);
    }

    /** The dimensions among what is grouped by. */
    List<String> dimensions() {
        return groupBy.stream()
                .filter(name -> !name.equals(CUSTOMER) && !name.equals(SUBSCRIPTION))
                .toList();
    }

    private static final class Parsing {
        private static final Set<String> NAMES =
                Set.of("meter", CUSTOMER, SUBSCRIPTION, "from", "to", "window", "tz", "groupBy");
        private static final Instant EARLIEST = Instant.parse("1972-01-01T00:00:00Z");
        private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
        private static final int QUARTER_SECONDS = 900;

        private final MultiMap parameters;
        private final Instant now;
        private final List<FieldError> errors = new ArrayList<>();

        Parsing(MultiMap parameters, Instant now) {
            this.parameters = parameters;
            this.now = now;
        }

        UsageQuestion question() {
            checkNames();
            String meter = id("meter");
            if (meter == null && !parameters.contains("meter")) {
                wrong("meter", "is missing");
            }
            ZoneId zone = zone();
            Instant from = instant("from", monthStart(zone));
            Instant to = instant("to", now);
            if (!from.isBefore(to)) {
                wrong("to", "must be after from");
            }
            List<String> groupBy = groupBy();
            Window window = window();
            String customer = id(CUSTOMER);
            String subscription = id(SUBSCRIPTION);
            if (meter == null || !errors.isEmpty()) {
                throw new RefusedException(new Refusal.Invalid(List.copyOf(errors)));
            }
            return new UsageQuestion(
                    new MeterKey(meter),
                    customer == null ? null : new CustomerId(customer),
                    subscription == null ? null : new SubscriptionId(subscription),
                    from,
                    to,
                    window,
                    zone,
                    groupBy);
        }

        /** A name that is none of ours is refused: an overlooked filter would make a wrong sum look right. */
        private void checkNames() {
            for (String name : parameters.names()) {
                if (!NAMES.contains(name)) {
                    wrong(JsonPointers.escaped(name), "is no parameter of usage");
                } else if (!name.equals("groupBy") && parameters.getAll(name).size() > 1) {
                    wrong(name, "stands twice");
                }
            }
        }

        private @Nullable String id(String name) {
            String text = parameters.get(name);
            if (text != null && !Ids.valid(text)) {
                wrong(name, "must be 1-128 characters without control characters");
                return null;
            }
            return text;
        }

        private Instant instant(String name, Instant absent) {
            String text = parameters.get(name);
            if (text == null) {
                return absent;
            }
            Instant instant = Instants.parse(text).orElse(null);
            if (instant == null) {
                wrong(name, "must be an RFC 3339 date-time with an offset, such as 2026-11-01T00:00:00Z");
                return absent;
            }
            if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
                wrong(name, "must lie in the years 1972 to 9999");
                return absent;
            }
            return instant.truncatedTo(ChronoUnit.MICROS);
        }

        private ZoneId zone() {
            String text = parameters.get("tz");
            if (text == null) {
                return ZoneOffset.UTC;
            }
            try {
                ZoneId zone = ZoneId.of(text);
                if (zone.getRules().getOffset(now).getTotalSeconds() % QUARTER_SECONDS == 0) {
                    return zone;
                }
                wrong("tz", "must be a multiple of a quarter hour off UTC");
            } catch (DateTimeException e) {
                wrong("tz", "must be an IANA time zone, such as Europe/Berlin");
            }
            return ZoneOffset.UTC;
        }

        private Window window() {
            String text = parameters.get("window");
            if (text == null) {
                return Window.TOTAL;
            }
            for (Window window : Window.values()) {
                if (window.text().equals(text)) {
                    return window;
                }
            }
            wrong(
                    "window",
                    "must be one of "
                            + Arrays.stream(Window.values()).map(Window::text).collect(Collectors.joining(", ")));
            return Window.TOTAL;
        }

        private List<String> groupBy() {
            List<String> names = parameters.getAll("groupBy").stream()
                    .filter(text -> !text.isEmpty())
                    .flatMap(text -> Arrays.stream(text.split(",", -1)))
                    .toList();
            if (Set.copyOf(names).size() < names.size()) {
                wrong("groupBy", "names a dimension twice");
            }
            return names;
        }

        private Instant monthStart(ZoneId zone) {
            return now.atZone(zone)
                    .toLocalDate()
                    .withDayOfMonth(1)
                    .atStartOfDay(zone)
                    .toInstant();
        }

        private void wrong(String name, String detail) {
            errors.add(new FieldError("/" + name, detail));
        }
    }
}
