package io.weir.ledger;

import io.weir.schemas.Aggregation;
import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * What a batch adds to the aggregates, in key order: two loops that touch the same customers then lock rows in the same
 * order, and cannot deadlock.
 */
final class Aggregates {
    /** A row of aggregate. */
    record Key(
            TenantId tenant,
            String meter,
            CustomerId customer,
            Instant bucket,
            String subscription,
            long revision,
            String dimensions,
            int meterVersion)
            implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : meter.compareTo(other.meter);
            order = order != 0 ? order : customer.compareTo(other.customer);
            order = order != 0 ? order : bucket.compareTo(other.bucket);
            order = order != 0 ? order : subscription.compareTo(other.subscription);
            order = order != 0 ? order : Long.compare(revision, other.revision);
            order = order != 0 ? order : dimensions.compareTo(other.dimensions);
            return order != 0 ? order : Integer.compare(meterVersion, other.meterVersion);
        }

        /** The calendar month (UTC) that it lies in. */
        LocalDate month() {
            return monthOf(bucket);
        }

        private Key with(String otherDimensions) {
            return new Key(tenant, meter, customer, bucket, subscription, revision, otherDimensions, meterVersion);
        }
    }

    /** A row of usage_month. */
    record MonthKey(TenantId tenant, CustomerId customer, String meter, LocalDate month)
            implements Comparable<MonthKey> {
        @Override
        public int compareTo(MonthKey other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : customer.compareTo(other.customer);
            order = order != 0 ? order : meter.compareTo(other.meter);
            return order != 0 ? order : month.compareTo(other.month);
        }
    }

    /** A customer of a tenant. */
    record Customer(TenantId tenant, CustomerId customer) implements Comparable<Customer> {
        @Override
        public int compareTo(Customer other) {
            int order = tenant.compareTo(other.tenant);
            return order != 0 ? order : customer.compareTo(other.customer);
        }
    }

    /** A quarter hour of a customer in a version of a meter. */
    record Quarter(TenantId tenant, CustomerId customer, String meter, int version, Instant start)
            implements Comparable<Quarter> {
        @Override
        public int compareTo(Quarter other) {
            int order = tenant.compareTo(other.tenant);
            order = order != 0 ? order : customer.compareTo(other.customer);
            order = order != 0 ? order : meter.compareTo(other.meter);
            order = order != 0 ? order : Integer.compare(version, other.version);
            return order != 0 ? order : start.compareTo(other.start);
        }
    }

    /** An entry that is counted: whose it is, as it was resolved, and its data. */
    record Counting(TenantId tenant, Resolution.Counted whose, Instant time, JsonNode data) {}

    private final Map<Key, Addend> rows = new HashMap<>();
    private final Map<MonthKey, Addend> months = new HashMap<>();
    private final TreeSet<Customer> customers = new TreeSet<>();
    private final Set<Quarter> anew = new TreeSet<>();

    private static LocalDate monthOf(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC).withDayOfMonth(1);
    }

    /** Counts an event in each of the meters that accept it; whether any did. */
    boolean count(TenantId tenant, Resolution.Counted whose, Instant time, JsonNode data, List<Meter> meters) {
        boolean counted = false;
        for (Meter meter : meters) {
            Optional<BigDecimal> quantity = meter.quantity(data);
            if (quantity.isPresent()) {
                counted = true;
                add(tenant, whose, time, data, meter, quantity.get());
            }
        }
        customers.add(new Customer(tenant, whose.customer()));
        return counted;
    }

    private void add(
            TenantId tenant, Resolution.Counted whose, Instant time, JsonNode data, Meter meter, BigDecimal quantity) {
        Addend row = row(tenant, whose.customer(), whose.term(), time, data, meter);
        row.add(quantity, time);
        if (meter.keepsValues()) {
            row.keep(meter.sample(data, time), 1);
        }
        if (meter.aggregation().addsUp()) {
            month(tenant, whose.customer(), meter, time).add(quantity, time);
        }
    }

    /** Counts an entry in one meter alone; whether it did. */
    boolean count(Counting entry, Meter meter) {
        return meter.accepts(entry.data())
                && count(entry.tenant(), entry.whose(), entry.time(), entry.data(), List.of(meter));
    }

    /**
     * Moves an event, in each meter that counted it, from the customer alone to one of its subscriptions. Where one value
     * stands for many, the quarter is to be made anew from its entries.
     */
    void move(TenantId tenant, CustomerId customer, Account.Term to, Instant time, JsonNode data, List<Meter> meters) {
        for (Meter meter : meters) {
            meter.quantity(data).ifPresent(quantity -> {
                if (meter.aggregation().keeps() == Aggregation.Keeps.ONE) {
                    anew.add(new Quarter(tenant, customer, meter.key().value(), meter.version(), Meter.bucket(time)));
                    return;
                }
                Addend from = row(tenant, customer, Optional.empty(), time, data, meter);
                Addend onto = row(tenant, customer, Optional.of(to), time, data, meter);
                from.subtract(quantity);
                onto.add(quantity, time);
                if (meter.keepsValues()) {
                    Addend.Sample sample = meter.sample(data, time);
                    from.keep(sample, -1);
                    onto.keep(sample, 1);
                }
            });
        }
        customers.add(new Customer(tenant, customer));
    }

    /**
     * Takes an entry out of each meter that counted it; whether any had. Where one value stands for many, the quarter is to be made
     * anew from its entries.
     *
     * @param inMonths whether months hold what that meter has counted
     */
    boolean takeOut(Counting entry, List<Meter> meters, Predicate<Meter> inMonths) {
        boolean counted = false;
        CustomerId customer = entry.whose.customer();
        for (Meter meter : meters) {
            Optional<BigDecimal> quantity = meter.quantity(entry.data);
            if (quantity.isPresent()) {
                counted = true;
                takeOut(entry, meter, quantity.get());
                if (meter.aggregation().addsUp() && inMonths.test(meter)) {
                    month(entry.tenant, customer, meter, entry.time).subtract(quantity.get());
                }
            }
        }
        customers.add(new Customer(entry.tenant, customer));
        return counted;
    }

    private void takeOut(Counting entry, Meter meter, BigDecimal quantity) {
        if (meter.aggregation().keeps() == Aggregation.Keeps.ONE) {
            anew.add(new Quarter(
                    entry.tenant,
                    entry.whose.customer(),
                    meter.key().value(),
                    meter.version(),
                    Meter.bucket(entry.time)));
            return;
        }
        Addend row = row(entry.tenant, entry.whose.customer(), entry.whose.term(), entry.time, entry.data, meter);
        row.subtract(quantity);
        if (meter.keepsValues()) {
            row.keep(meter.sample(entry.data, entry.time), -1);
        }
    }

    /** Has every quarter in which one value stands for many made anew from its entries, also where something is only added. */
    void makeOnesAnew() {
        rows.forEach((key, addend) -> {
            if (addend.how().keeps() == Aggregation.Keeps.ONE) {
                anew.add(new Quarter(key.tenant, key.customer, key.meter, key.meterVersion, key.bucket));
            }
        });
        rows.values().removeIf(addend -> addend.how().keeps() == Aggregation.Keeps.ONE);
    }

    private Addend month(TenantId tenant, CustomerId customer, Meter meter, Instant time) {
        return months.computeIfAbsent(
                new MonthKey(tenant, customer, meter.key().value(), monthOf(time)),
                absent -> new Addend(Aggregation.SUM));
    }

    private Addend row(
            TenantId tenant,
            CustomerId customer,
            Optional<Account.Term> term,
            Instant time,
            JsonNode data,
            Meter meter) {
        Key key = new Key(
                tenant,
                meter.key().value(),
                customer,
                Meter.bucket(time),
                term.map(found -> found.subscription().value()).orElse(""),
                term.map(Account.Term::revision).orElse(0L),
                meter.dimensions(data),
                meter.version());
        return rows.computeIfAbsent(key, absent -> new Addend(meter.aggregation()));
    }

    /** Counts what these rows have in rows of other dimensions. */
    void redirect(Map<Key, String> dimensions) {
        dimensions.forEach((key, other) -> {
            Addend addend = rows.remove(key);
            if (addend != null) {
                rows.computeIfAbsent(key.with(other), absent -> new Addend(addend.how()))
                        .add(addend);
            }
        });
    }

    /** The rows, in no order. */
    Set<Key> keys() {
        return rows.keySet();
    }

    /** Rows of aggregate that quantities were moved from, or added to without a subscription. */
    List<Key> unattributed() {
        return rows.keySet().stream().filter(key -> key.subscription.isEmpty()).toList();
    }

    /** Rows of aggregate, in key order. */
    Map<Key, Addend> rows() {
        return new TreeMap<>(rows);
    }

    /** Rows of usage_month, in key order. */
    Map<MonthKey, Addend> months() {
        return new TreeMap<>(months);
    }

    /** Quarters to be made anew from their entries. */
    Set<Quarter> anew() {
        return anew;
    }

    /** Whose usage changed. */
    Collection<Customer> customers() {
        return customers;
    }
}
