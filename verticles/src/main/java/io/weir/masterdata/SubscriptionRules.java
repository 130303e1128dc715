package io.weir.masterdata;

import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.MeterKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** What a subscription must be, and how what its caller left out is completed. */
final class SubscriptionRules {
    static final String LEGAL_ENTITY = "main";

    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    private static final String FORM = "must be 1-128 characters without control characters";

    private SubscriptionRules() {}

    /** The content with its instants as Postgres keeps them, so that what is stored equals what was given. */
    static Commands.Subscription truncated(Commands.Subscription content) {
        Instant to = content.to();
        return new Commands.Subscription(
                content.customer(),
                content.contract(),
                content.plan(),
                content.from().truncatedTo(ChronoUnit.MICROS),
                to == null ? null : to.truncatedTo(ChronoUnit.MICROS),
                content.currency(),
                content.lines());
    }

    /** The content with contract and the given lines, each with its legal entity and payer. */
    static Commands.Subscription completed(Commands.PutSubscription put, List<Commands.SubscriptionLine> lines) {
        Commands.Subscription content = put.content();
        return new Commands.Subscription(
                content.customer(),
                contract(put),
                content.plan(),
                content.from(),
                content.to(),
                content.currency(),
                lines.stream()
                        .map(line -> new Commands.SubscriptionLine(
                                line.item(),
                                line.meter(),
                                Objects.requireNonNullElse(line.legalEntity(), LEGAL_ENTITY),
                                Objects.requireNonNullElse(line.billTo(), content.customer())))
                        .toList());
    }

    /** The contract's key: the one given, or the subscription's own. */
    static String contract(Commands.PutSubscription put) {
        return Objects.requireNonNullElse(
                put.content().contract(), put.subscription().value());
    }

    static List<Commands.SubscriptionLine> lines(Commands.Subscription content) {
        return Objects.requireNonNullElse(content.lines(), List.of());
    }

    /** Who pays each line. */
    static String[] billTos(Commands.Subscription content) {
        return lines(content).stream()
                .map(line -> Objects.requireNonNullElse(line.billTo(), content.customer())
                        .value())
                .toArray(String[]::new);
    }

    /** Refuses what is wrong in itself. */
    static void check(Commands.Subscription content) {
        List<FieldError> errors = new ArrayList<>();
        Instant to = content.to();
        if (!CURRENCY.matcher(content.currency()).matches()) {
            errors.add(new FieldError("/currency", "must be three capital letters"));
        }
        if (content.from().isBefore(EARLIEST) || content.from().isAfter(LATEST)) {
            errors.add(new FieldError("/from", "must lie in the years 1900 to 9999"));
        }
        if (to != null && (!to.isAfter(content.from()) || to.isAfter(LATEST))) {
            errors.add(new FieldError("/to", "must be after from, and no later than the year 9999"));
        }
        if (!Ids.valid(Objects.requireNonNullElse(content.contract(), LEGAL_ENTITY))) {
            errors.add(new FieldError("/contract", FORM));
        }
        checkLines(lines(content), errors);
        refuse(errors);
    }

    private static void checkLines(List<Commands.SubscriptionLine> lines, List<FieldError> errors) {
        Set<MeterKey> meters = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            Commands.SubscriptionLine line = lines.get(i);
            if (!Ids.valid(line.item())) {
                errors.add(new FieldError("/lines/" + i + "/item", FORM));
            }
            if (!Ids.valid(Objects.requireNonNullElse(line.legalEntity(), LEGAL_ENTITY))) {
                errors.add(new FieldError("/lines/" + i + "/legalEntity", FORM));
            }
            if (!meters.add(line.meter())) {
                errors.add(new FieldError("/lines/" + i + "/meter", "is billed by another line already"));
            }
        }
    }

    /** Refuses what names something that does not exist. */
    static void check(Commands.Subscription content, MasterDataTable.Facts facts) {
        List<FieldError> errors = new ArrayList<>();
        if (!facts.customerKnown()) {
            errors.add(new FieldError("/customer", "no such customer"));
        }
        if (!facts.planKnown()) {
            errors.add(new FieldError("/plan", "no such plan"));
        }
        List<Commands.SubscriptionLine> lines = lines(content);
        for (int i = 0; i < lines.size(); i++) {
            if (facts.unknownMeters().contains(lines.get(i).meter().value())) {
                errors.add(new FieldError("/lines/" + i + "/meter", "no such meter"));
            } else if (facts.unbilledMeters().contains(lines.get(i).meter().value())) {
                errors.add(new FieldError(
                        "/lines/" + i + "/meter", "does not add up, so it cannot be billed: only count and sum do"));
            }
            CustomerId billTo = lines.get(i).billTo();
            if (billTo != null && facts.unknownCustomers().contains(billTo.value())) {
                errors.add(new FieldError("/lines/" + i + "/billTo", "no such customer"));
            }
        }
        refuse(errors);
    }

    private static void refuse(List<FieldError> errors) {
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(List.copyOf(errors)));
        }
    }
}
