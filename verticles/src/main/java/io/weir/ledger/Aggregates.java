package io.weir.ledger;

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
import java.util.TreeMap;
import java.util.TreeSet;
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

    /** A quantity and how many entries it is of. */
    static final class Sum {
        private BigDecimal value = BigDecimal.ZERO;
        private long entries;

        private void add(BigDecimal quantity) {
            value = value.add(quantity);
            entries++;
        }

        private void subtract(BigDecimal quantity) {
            value = value.subtract(quantity);
            entries--;
        }

        BigDecimal value() {
            return value;
        }

        long entries() {
            return entries;
        }
    }

    private final Map<Key, Sum> rows = new HashMap<>();
    private final Map<MonthKey, Sum> months = new HashMap<>();
    private final TreeSet<Customer> customers = new TreeSet<>();

    /** Counts an event in each of the meters that accept it. */
    void count(TenantId tenant, Resolution.Counted whose, Instant time, JsonNode data, List<Meter> meters) {
        CustomerId customer = whose.customer();
        LocalDate month = LocalDate.ofInstant(time, ZoneOffset.UTC).withDayOfMonth(1);
        for (Meter meter : meters) {
            String key = meter.key().value();
            meter.quantity(data).ifPresent(quantity -> {
                row(tenant, customer, whose.term(), time, data, meter).add(quantity);
                months.computeIfAbsent(new MonthKey(tenant, customer, key, month), absent -> new Sum())
                        .add(quantity);
            });
        }
        customers.add(new Customer(tenant, customer));
    }

    /** Moves an event, in each meter that counted it, from the customer alone to one of its subscriptions. */
    void move(TenantId tenant, CustomerId customer, Account.Term to, Instant time, JsonNode data, List<Meter> meters) {
        for (Meter meter : meters) {
            meter.quantity(data).ifPresent(quantity -> {
                row(tenant, customer, Optional.empty(), time, data, meter).subtract(quantity);
                row(tenant, customer, Optional.of(to), time, data, meter).add(quantity);
            });
        }
        customers.add(new Customer(tenant, customer));
    }

    private Sum row(
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
        return rows.computeIfAbsent(key, absent -> new Sum());
    }

    /** Rows of aggregate that quantities were moved from, or added to without a subscription. */
    List<Key> unattributed() {
        return rows.keySet().stream().filter(key -> key.subscription.isEmpty()).toList();
    }

    /** Rows of aggregate, in key order. */
    Map<Key, Sum> rows() {
        return new TreeMap<>(rows);
    }

    /** Rows of usage_month, in key order. */
    Map<MonthKey, Sum> months() {
        return new TreeMap<>(months);
    }

    /** Whose usage changed. */
    Collection<Customer> customers() {
        return customers;
    }
}
