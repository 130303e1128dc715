package io.weir.ledger;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Decimals;
import io.weir.schemas.Instants;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rows as columns: the arrays that {@code unnest} makes rows of. */
final class Columns {
    private final Tuple tuple;

    private Columns(Tuple tuple) {
        this.tuple = tuple;
    }

    static Columns after(Object... first) {
        return new Columns(Tuple.wrap(new java.util.ArrayList<>(List.of(first))));
    }

    Tuple tuple() {
        return tuple;
    }

    <T> Columns text(Collection<T> rows, Function<T, @Nullable String> value) {
        tuple.addArrayOfString(rows.stream().map(value).toArray(String[]::new));
        return this;
    }

    <T> Columns uuid(Collection<T> rows, Function<T, @Nullable UUID> value) {
        tuple.addArrayOfUUID(rows.stream().map(value).toArray(UUID[]::new));
        return this;
    }

    <T> Columns longs(Collection<T> rows, Function<T, @Nullable Long> value) {
        tuple.addArrayOfLong(rows.stream().map(value).toArray(Long[]::new));
        return this;
    }

    <T> Columns ints(Collection<T> rows, Function<T, Integer> value) {
        tuple.addArrayOfInteger(rows.stream().map(value).toArray(Integer[]::new));
        return this;
    }

    <T> Columns times(Collection<T> rows, Function<T, Instant> value) {
        tuple.addArrayOfOffsetDateTime(
                rows.stream().map(row -> Instants.utc(value.apply(row))).toArray(OffsetDateTime[]::new));
        return this;
    }

    <T> Columns dates(Collection<T> rows, Function<T, LocalDate> value) {
        tuple.addArrayOfLocalDate(rows.stream().map(value).toArray(LocalDate[]::new));
        return this;
    }

    <T> Columns truths(Collection<T> rows, Function<T, Boolean> value) {
        tuple.addArrayOfBoolean(rows.stream().map(value).toArray(Boolean[]::new));
        return this;
    }

    <T> Columns bytes(Collection<T> rows, Function<T, byte[]> value) {
        tuple.addArrayOfBuffer(
                rows.stream().map(row -> Buffer.buffer(value.apply(row))).toArray(Buffer[]::new));
        return this;
    }

    /** The parameters of ADD_AGGREGATES, ADD_LOWEST and ADD_HIGHEST. */
    static Columns aggregates(Map<Aggregates.Key, Addend> rows) {
        Collection<Aggregates.Key> keys = rows.keySet();
        return after().text(keys, key -> key.tenant().value())
                .text(keys, Aggregates.Key::meter)
                .text(keys, key -> key.customer().value())
                .times(keys, Aggregates.Key::bucket)
                .text(keys, Aggregates.Key::subscription)
                .longs(keys, Aggregates.Key::revision)
                .text(keys, Aggregates.Key::dimensions)
                .ints(keys, Aggregates.Key::meterVersion)
                .text(rows.values(), addend -> Decimals.text(addend.value()))
                .longs(rows.values(), Addend::entries);
    }

    /** The parameters of ADD_LATEST. */
    static Columns latest(Map<Aggregates.Key, Addend> rows) {
        return aggregates(rows).times(rows.values(), addend -> Objects.requireNonNull(addend.at()));
    }

    /** A value of a row of aggregate, so many times more. */
    record Value(Aggregates.Key row, Addend.Sample sample, long occurrences) {}

    /** The parameters of ADD_VALUES and DELETE_EMPTY_VALUES. */
    static Columns values(Collection<Value> values) {
        return after().text(values, value -> value.row.tenant().value())
                .text(values, value -> value.row.meter())
                .ints(values, value -> value.row.meterVersion())
                .text(values, value -> value.row.customer().value())
                .text(values, value -> value.row.dimensions())
                .text(values, value -> value.row.subscription())
                .longs(values, value -> value.row.revision())
                .times(values, value -> value.sample.at())
                .text(values, value -> value.sample.value())
                .longs(values, Value::occurrences);
    }

    /** The parameters of DELETE_EMPTY_AGGREGATES. */
    static Tuple unattributed(Collection<Aggregates.Key> keys) {
        return after().text(keys, key -> key.tenant().value())
                .text(keys, Aggregates.Key::meter)
                .text(keys, key -> key.customer().value())
                .times(keys, Aggregates.Key::bucket)
                .text(keys, Aggregates.Key::dimensions)
                .ints(keys, Aggregates.Key::meterVersion)
                .tuple();
    }

    /** The parameters of ADD_MONTHS. */
    static Tuple months(Map<Aggregates.MonthKey, Addend> rows) {
        Collection<Aggregates.MonthKey> keys = rows.keySet();
        return after().text(keys, key -> key.tenant().value())
                .text(keys, key -> key.customer().value())
                .text(keys, Aggregates.MonthKey::meter)
                .dates(keys, Aggregates.MonthKey::month)
                .text(rows.values(), addend -> Decimals.text(addend.value()))
                .longs(rows.values(), Addend::entries)
                .tuple();
    }

    /** The parameters of INSERT_CHANGES. */
    static Tuple changes(Collection<Aggregates.Customer> customers, String kind) {
        return after().text(customers, customer -> customer.tenant().value())
                .text(customers, customer -> customer.customer().value())
                .tuple()
                .addString(kind);
    }
}
