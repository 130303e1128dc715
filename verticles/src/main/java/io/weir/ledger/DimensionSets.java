package io.weir.ledger;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which dimensions of a meter are kept apart: of each customer and calendar month the first {@code meters.maxDimensionSets}
 * combinations, and what is too long for an index never. Others are counted in the remainder, whose every dimension is
 * {@value #OTHER}, so that sums stay exact; that is an exception, one a room. A room that is full stays full, so what an
 * entry was counted as follows from the tables alone.
 *
 * <p>One loop uses it. It remembers what is committed, up to {@code ledger.subjectCacheSize}, so that a batch of known
 * combinations asks nothing.
 */
final class DimensionSets {
    /** The value of every dimension of the remainder. */
    static final String OTHER = "__other__";

    private static final String NONE = "{}";
    /** Bytes of one combination as text: beyond it an index could not keep it. */
    private static final int LONGEST = 1_000;

    /** A customer's month in a version of a meter. */
    private record Room(TenantId tenant, String meter, int version, CustomerId customer, LocalDate month)
            implements Comparable<Room> {
        private static final Comparator<Room> ORDER = Comparator.comparing(Room::tenant)
                .thenComparing(Room::meter)
                .thenComparing(Room::version)
                .thenComparing(Room::customer)
                .thenComparing(Room::month);

        @Override
        public int compareTo(Room other) {
            return ORDER.compare(this, other);
        }
    }

    /** A combination of dimensions in a room. */
    private record Combination(Room room, String dimensions) implements Comparable<Combination> {
        static Combination of(Aggregates.Key key) {
            return new Combination(
                    new Room(key.tenant(), key.meter(), key.meterVersion(), key.customer(), key.month()),
                    key.dimensions());
        }

        @Override
        public int compareTo(Combination other) {
            int order = room.compareTo(other.room);
            return order != 0 ? order : dimensions.compareTo(other.dimensions);
        }
    }

    /** What a room has, and what a batch adds to it. */
    private static final class Space {
        private final int sets;
        private final boolean wasFull;
        private final boolean wasTold;
        private int added;
        private boolean full;
        private boolean refused;

        private Space(int sets, boolean full, boolean told) {
            this.sets = sets;
            this.wasFull = full;
            this.full = full;
            this.wasTold = told;
        }

        private boolean take(int most) {
            full = full || sets + added >= most;
            refused = refused || full;
            added += full ? 0 : 1;
            return !full;
        }

        private boolean tells() {
            return refused && !wasTold;
        }

        private boolean changed() {
            return added > 0 || full != wasFull || tells();
        }
    }

    private final int most;
    private final Cache<Combination, Boolean> apart;
    private final Map<Combination, Boolean> decided = new HashMap<>();

    DimensionSets(int most, int cacheSize) {
        this.most = most;
        this.apart = Caffeine.newBuilder().maximumSize(cacheSize).build();
    }

    /** To be called before each transaction: forgets what was decided in one that did not commit. */
    void begin() {
        decided.clear();
    }

    /** To be called once the transaction is committed. */
    void committed() {
        apart.putAll(decided);
        decided.clear();
    }

    /** Leads what is not kept apart into the remainder. */
    void fit(SqlConnection sql, Aggregates aggregates) {
        Set<Combination> unknown = new TreeSet<>();
        Set<Aggregates.Key> unfit = new HashSet<>();
        for (Aggregates.Key key : aggregates.keys()) {
            if (!key.dimensions().equals(NONE)) {
                Combination combination = Combination.of(key);
                Boolean known = known(combination);
                if (known == null) {
                    unknown.add(combination);
                } else if (!known) {
                    unfit.add(key);
                }
            }
        }
        if (!unknown.isEmpty()) {
            decide(sql, unknown);
            aggregates.keys().stream()
                    .filter(key -> !key.dimensions().equals(NONE) && Boolean.FALSE.equals(known(Combination.of(key))))
                    .forEach(unfit::add);
        }
        Map<Aggregates.Key, String> others = new HashMap<>();
        unfit.forEach(key -> others.put(key, remainder(key.dimensions())));
        aggregates.redirect(others);
    }

    private @Nullable Boolean known(Combination combination) {
        Boolean known = apart.getIfPresent(combination);
        return known == null ? decided.get(combination) : known;
    }

    /** The same dimensions, each with the remainder's value. */
    private static String remainder(String dimensions) {
        StringBuilder out = new StringBuilder("{");
        for (String name : Json.tree(dimensions).propertyNames()) {
            CanonicalJson.string(out.append(out.length() > 1 ? "," : ""), name);
            CanonicalJson.string(out.append(':'), OTHER);
        }
        return out.append('}').toString();
    }

    private void decide(SqlConnection sql, Set<Combination> unknown) {
        Map<Room, Space> rooms = lock(sql, unknown);
        Set<Combination> there = there(sql, unknown);
        List<Combination> fresh = new ArrayList<>();
        for (Combination combination : unknown) {
            boolean fits = there.contains(combination);
            if (!fits && tooLong(combination)) {
                space(rooms, combination).refused = true;
            } else if (!fits && space(rooms, combination).take(most)) {
                fresh.add(combination);
                fits = true;
            }
            decided.put(combination, fits);
        }
        if (!fresh.isEmpty()) {
            sql.preparedQuery(AggregateTable.INSERT_SETS).execute(combinations(fresh));
        }
        Map<Room, Space> changed = new TreeMap<>(rooms);
        changed.values().removeIf(space -> !space.changed());
        if (!changed.isEmpty()) {
            Future.await(sql.preparedQuery(AggregateTable.FILL_ROOMS)
                    .execute(rooms(changed.keySet())
                            .ints(changed.values(), space -> space.added)
                            .truths(changed.values(), space -> space.full)
                            .truths(changed.values(), space -> space.refused)
                            .tuple()));
        }
        overflown(sql, changed);
    }

    private static Space space(Map<Room, Space> rooms, Combination combination) {
        Space space = rooms.get(combination.room);
        if (space == null) {
            throw new IllegalStateException("no room for " + combination);
        }
        return space;
    }

    private static boolean tooLong(Combination combination) {
        return combination.dimensions.length() > LONGEST / 3
                && combination.dimensions.getBytes(StandardCharsets.UTF_8).length > LONGEST;
    }

    private static Map<Room, Space> lock(SqlConnection sql, Set<Combination> unknown) {
        Set<Room> wanted = new TreeSet<>();
        unknown.forEach(combination -> wanted.add(combination.room));
        Tuple names = rooms(wanted).tuple();
        sql.preparedQuery(AggregateTable.MAKE_ROOMS).execute(names);
        Map<Room, Space> rooms = new TreeMap<>();
        for (Row row : Future.await(sql.preparedQuery(AggregateTable.LOCK_ROOMS).execute(names))) {
            rooms.put(room(row), new Space(row.getInteger("sets"), row.getBoolean("full"), row.getBoolean("told")));
        }
        return rooms;
    }

    private static Set<Combination> there(SqlConnection sql, Set<Combination> unknown) {
        Set<Combination> there = new HashSet<>();
        for (Row row : Future.await(sql.preparedQuery(AggregateTable.SETS).execute(combinations(unknown)))) {
            there.add(new Combination(room(row), row.getString("dimensions")));
        }
        return there;
    }

    private void overflown(SqlConnection sql, Map<Room, Space> rooms) {
        List<Room> full = new ArrayList<>();
        rooms.forEach((room, space) -> {
            if (space.tells()) {
                full.add(room);
            }
        });
        if (!full.isEmpty()) {
            Future.await(sql.preparedQuery(AggregateTable.INSERT_OVERFLOWS)
                    .execute(Columns.after()
                            .text(full, room -> room.tenant.value())
                            .text(full, room -> room.customer.value())
                            .text(full, this::told)
                            .text(full, DimensionSets::payload)
                            .tuple()));
        }
    }

    private String told(Room room) {
        return "meter %s has more than %d combinations of dimensions, or too long ones, of customer %s in %tY-%<tm: others are counted as %s"
                .formatted(room.meter, most, room.customer.value(), room.month, OTHER);
    }

    private static String payload(Room room) {
        ObjectNode payload = Json.object();
        payload.put("meter", room.meter)
                .put("meterVersion", room.version)
                .put("customer", room.customer.value())
                .put("month", room.month.toString());
        return payload.toString();
    }

    private static Room room(Row row) {
        return new Room(
                new TenantId(row.getString("tenant")),
                row.getString("meter"),
                row.getInteger("meter_version"),
                new CustomerId(row.getString("customer")),
                row.getLocalDate("month"));
    }

    private static Columns rooms(Collection<Room> rooms) {
        return Columns.after()
                .text(rooms, room -> room.tenant.value())
                .text(rooms, Room::meter)
                .ints(rooms, Room::version)
                .text(rooms, room -> room.customer.value())
                .dates(rooms, Room::month);
    }

    private static Tuple combinations(Collection<Combination> combinations) {
        return Columns.after()
                .text(combinations, one -> one.room.tenant.value())
                .text(combinations, one -> one.room.meter)
                .ints(combinations, one -> one.room.version)
                .text(combinations, one -> one.room.customer.value())
                .dates(combinations, one -> one.room.month)
                .text(combinations, Combination::dimensions)
                .tuple();
    }
}
