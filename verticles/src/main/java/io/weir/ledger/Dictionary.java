package io.weir.ledger;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers for what many entries have in common: where they come from ({@link Stream}), and whose they are ({@link Owner}). Each
 * stands once in a table, so that an entry holds two numbers in place of ten texts.
 *
 * <p>One loop uses it, inside its transactions. It remembers numbers of committed rows alone, up to {@code ledger.subjectCacheSize}
 * of each; what a transaction made itself may yet be undone. A tenant has at most so many streams, too: events of further sources
 * keep theirs in their rows.
 */
final class Dictionary {
    /** Where an event comes from, and what it is; the source is empty where the entry itself has it. */
    record Stream(TenantId tenant, String source, String type, int schemaVersion) {
        private static final String OWN = "";

        private Stream withoutSource() {
            return new Stream(tenant, OWN, type, schemaVersion);
        }

        private boolean named() {
            return !source.equals(OWN);
        }
    }

    /** Whose usage an entry is, or why it is held. */
    record Owner(
            TenantId tenant,
            @Nullable String customer,
            @Nullable String subscription,
            @Nullable Long revision,
            @Nullable String item,
            @Nullable String legalEntity,
            @Nullable String held) {
        static Owner of(
                TenantId tenant, CustomerId customer, Optional<Account.Term> term, Optional<Account.Line> line) {
            return new Owner(
                    tenant,
                    customer.value(),
                    term.map(found -> found.subscription().value()).orElse(null),
                    term.map(Account.Term::revision).orElse(null),
                    line.map(Account.Line::item).orElse(null),
                    line.map(Account.Line::legalEntity).orElse(null),
                    null);
        }

        static Owner of(TenantId tenant, Resolution whose) {
            return switch (whose) {
                case Resolution.Counted counted -> of(tenant, counted.customer(), counted.term(), counted.line());
                case Resolution.Held held -> new Owner(tenant, null, null, null, null, null, held.reason());
            };
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Dictionary.class);

    private final int size;
    private final Cache<Stream, Integer> streams;
    private final Cache<Owner, Integer> owners;
    private final Cache<TenantId, Boolean> full;

    Dictionary(int size) {
        this.size = size;
        this.streams = Caffeine.newBuilder().maximumSize(size).build();
        this.owners = Caffeine.newBuilder().maximumSize(size).build();
        this.full = Caffeine.newBuilder().maximumSize(size).build();
    }

    /** The numbers of these owners, in their order. */
    List<Integer> owners(SqlConnection sql, Collection<Owner> of) {
        Map<Owner, Integer> known = known(owners, of);
        Set<Owner> unknown = unknown(known, of);
        if (!unknown.isEmpty()) {
            Map<Owner, Integer> found = new HashMap<>();
            readOwners(sql, unknown, found);
            unknown.removeAll(found.keySet());
            if (!unknown.isEmpty()) {
                sql.preparedQuery(DictionaryTable.INSERT_OWNERS).execute(owners(unknown));
                readOwners(sql, unknown, found);
            }
            known.putAll(found);
        }
        return of.stream().map(known::get).toList();
    }

    /** The numbers of these streams, and which sources stand in their entries. */
    Streams streams(SqlConnection sql, Collection<Stream> of) {
        Map<Stream, Integer> known = known(streams, of);
        Set<Stream> unknown = unknown(known, of);
        if (!unknown.isEmpty()) {
            find(sql, unknown, known);
        }
        List<Integer> numbers = new ArrayList<>(of.size());
        List<String> sources = new ArrayList<>(of.size());
        for (Stream stream : of) {
            Integer number = known.get(stream);
            numbers.add(number == null ? known.get(stream.withoutSource()) : number);
            sources.add(number == null ? stream.source : Stream.OWN);
        }
        return new Streams(numbers, sources);
    }

    /** Of some events, in their order: the stream's number, and the source where the stream has none. */
    record Streams(List<Integer> numbers, List<String> sources) {}

    private void find(SqlConnection sql, Set<Stream> unknown, Map<Stream, Integer> known) {
        readStreams(sql, unknown, known);
        unknown.removeAll(known.keySet());
        Set<Stream> made = withinBounds(sql, unknown);
        known.putAll(streams.getAllPresent(made));
        made.removeAll(known.keySet());
        if (!made.isEmpty()) {
            sql.preparedQuery(DictionaryTable.INSERT_STREAMS).execute(streams(made));
            readStreams(sql, made, known);
        }
    }

    /** New ones, without their source where the tenant has too many of them. */
    private Set<Stream> withinBounds(SqlConnection sql, Set<Stream> wanted) {
        Map<TenantId, Long> counts = new HashMap<>();
        Set<Stream> fit = new HashSet<>();
        for (Stream stream : wanted) {
            if (stream.named() && full.getIfPresent(stream.tenant) == null) {
                long count = counts.computeIfAbsent(stream.tenant, tenant -> count(sql, tenant));
                counts.put(stream.tenant, count + 1);
                if (count < size) {
                    fit.add(stream);
                    continue;
                }
                full.put(stream.tenant, true);
                LOG.info("ledger.streams tenant={} most={}", stream.tenant.value(), size);
            }
            fit.add(stream.withoutSource());
        }
        return fit;
    }

    private static long count(SqlConnection sql, TenantId tenant) {
        return Future.await(sql.preparedQuery(DictionaryTable.STREAMS_OF).execute(Tuple.of(tenant.value())))
                .iterator()
                .next()
                .getLong("streams");
    }

    private static <K> Map<K, Integer> known(Cache<K, Integer> cache, Collection<K> of) {
        return new HashMap<>(cache.getAllPresent(of));
    }

    private static <K> Set<K> unknown(Map<K, Integer> known, Collection<K> of) {
        Set<K> unknown = new HashSet<>();
        for (K one : of) {
            if (!known.containsKey(one)) {
                unknown.add(one);
            }
        }
        return unknown;
    }

    private void readStreams(SqlConnection sql, Set<Stream> wanted, Map<Stream, Integer> found) {
        read(sql, DictionaryTable.STREAMS, streams(wanted), Dictionary::stream, streams, found);
    }

    private void readOwners(SqlConnection sql, Set<Owner> wanted, Map<Owner, Integer> found) {
        read(sql, DictionaryTable.OWNERS, owners(wanted), Dictionary::owner, owners, found);
    }

    private static <K> void read(
            SqlConnection sql,
            String statement,
            Tuple wanted,
            Function<Row, K> key,
            Cache<K, Integer> cache,
            Map<K, Integer> found) {
        for (Row row : Future.await(sql.preparedQuery(statement).execute(wanted))) {
            K one = key.apply(row);
            found.put(one, row.getInteger("number"));
            if (!row.getBoolean("own")) {
                cache.put(one, row.getInteger("number"));
            }
        }
    }

    private static Stream stream(Row row) {
        return new Stream(
                new TenantId(row.getString("tenant")),
                row.getString("source"),
                row.getString("event_type"),
                row.getInteger("schema_version"));
    }

    private static Owner owner(Row row) {
        return new Owner(
                new TenantId(row.getString("tenant")),
                row.getString("customer"),
                row.getString("subscription"),
                row.getLong("subscription_revision"),
                row.getString("item"),
                row.getString("legal_entity"),
                row.getString("held"));
    }

    private static Tuple streams(Collection<Stream> streams) {
        return Columns.after()
                .text(streams, stream -> stream.tenant.value())
                .text(streams, Stream::source)
                .text(streams, Stream::type)
                .ints(streams, Stream::schemaVersion)
                .tuple();
    }

    private static Tuple owners(Collection<Owner> owners) {
        return Columns.after()
                .text(owners, owner -> owner.tenant.value())
                .text(owners, Owner::customer)
                .text(owners, Owner::subscription)
                .longs(owners, Owner::revision)
                .text(owners, Owner::item)
                .text(owners, Owner::legalEntity)
                .text(owners, Owner::held)
                .tuple();
    }
}
