package io.weir.audit;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recomputes every chain of the audit trail, entry by entry, by other code than what wrote it. Nodes may go on writing: what is
 * appended meanwhile is checked as well.
 *
 * <p>Memory: one page of entries at a time. Found out is: an entry that was changed, taken away, put between, or put behind the
 * head; a head that was changed. A tail that was cut off together with its head is found only beside a head noted earlier.
 */
public final class AuditVerification {
    private static final int PAGE = 1_000;

    private final SqlClient sql;

    /** @param sql reads the audit trail */
    public AuditVerification(SqlClient sql) {
        this.sql = sql;
    }

    /** A head that somebody noted: the entry of that sequence had that hash. */
    public record Noted(String tenant, long sequence, String hash) {
        /** Reads {@code tenant:sequence:hash}; a tenant may hold colons. Empty where it is none. */
        public static Optional<Noted> read(String text) {
            int hash = text.lastIndexOf(':');
            int sequence = hash <= 0 ? -1 : text.lastIndexOf(':', hash - 1);
            if (sequence <= 0
                    || !text.substring(sequence + 1, hash).matches("[0-9]{1,18}")
                    || !text.substring(hash + 1).matches("[0-9a-f]{64}")) {
                return Optional.empty();
            }
            return Optional.of(new Noted(
                    text.substring(0, sequence),
                    Long.parseLong(text.substring(sequence + 1, hash)),
                    text.substring(hash + 1)));
        }
    }

    /**
     * What became of one chain.
     *
     * @param entries how many hold, from the first
     * @param hash hash of the last that holds
     * @param brokenAt sequence of the first that does not; 0 where all do
     * @param why what is wrong with it; empty where nothing is
     */
    public record Chain(String tenant, long entries, String hash, long brokenAt, String why) {
        /** Whether all of it holds. */
        public boolean holds() {
            return brokenAt == 0;
        }

        private Chain broken(long at, String what) {
            return new Chain(tenant, entries, hash, at, what);
        }
    }

    /** Verifies the chain of every tenant, and of every one that was noted. */
    public Future<List<Chain>> verify(List<Noted> noted) {
        return AuditTable.tenants(sql).compose(known -> {
            List<String> tenants = new ArrayList<>(known);
            noted.stream()
                    .map(Noted::tenant)
                    .filter(one -> !tenants.contains(one))
                    .distinct()
                    .forEach(tenants::add);
            Future<List<Chain>> all = Future.succeededFuture(new ArrayList<>());
            for (String tenant : tenants) {
                List<Noted> its = noted.stream()
                        .filter(one -> one.tenant().equals(tenant))
                        .toList();
                all = all.compose(done -> chain(tenant, its).map(chain -> {
                    done.add(chain);
                    return done;
                }));
            }
            return all;
        });
    }

    /** The head is read before, so that what is appended meanwhile lies beyond it, and after, to know that it does. */
    private Future<Chain> chain(String tenant, List<Noted> noted) {
        return AuditTable.head(sql, tenant).compose(before -> {
            Map<Long, String> expected = new HashMap<>();
            noted.forEach(one -> expected.put(one.sequence(), one.hash()));
            expected.putIfAbsent(before.sequence(), before.hash());
            return pages(new Chain(tenant, 0, AuditEntry.NO_HASH, 0, ""), expected)
                    .compose(chain -> AuditTable.head(sql, tenant).map(after -> ended(chain, before, after, noted)));
        });
    }

    private Future<Chain> pages(Chain so, Map<Long, String> expected) {
        Tuple after = Tuple.of(so.tenant(), so.entries(), PAGE);
        return AuditTable.entries(sql, AuditTable.CHAIN, after).compose(page -> {
            Chain chain = so;
            for (AuditEntry entry : page) {
                String wrong = wrong(entry, chain, expected);
                if (!wrong.isEmpty()) {
                    return Future.succeededFuture(chain.broken(chain.entries() + 1, wrong));
                }
                chain = new Chain(so.tenant(), entry.sequence(), entry.hash(), 0, "");
            }
            return page.size() < PAGE ? Future.succeededFuture(chain) : pages(chain, expected);
        });
    }

    private static String wrong(AuditEntry entry, Chain chain, Map<Long, String> expected) {
        if (entry.sequence() != chain.entries() + 1) {
            return "it is missing: the next entry is " + entry.sequence();
        }
        if (!entry.previousHash().equals(chain.hash())) {
            return "it does not follow the entry before it";
        }
        if (!entry.hash().equals(entry.expectedHash())) {
            return "its content is not what its hash says";
        }
        String noted = expected.get(entry.sequence());
        return noted == null || noted.equals(entry.hash()) ? "" : "its hash is not the one that was noted";
    }

    private static Chain ended(Chain chain, AuditTable.Head before, AuditTable.Head after, List<Noted> noted) {
        if (!chain.holds()) {
            return chain;
        }
        long last = noted.stream().mapToLong(Noted::sequence).max().orElse(0);
        if (chain.entries() < Math.max(before.sequence(), last)) {
            return chain.broken(
                    chain.entries() + 1,
                    "the chain ends before it; " + Math.max(before.sequence(), last) + " was noted");
        }
        if (chain.entries() > after.sequence()) {
            return new Chain(chain.tenant(), after.sequence(), after.hash(), 0, "")
                    .broken(after.sequence() + 1, "it lies behind the chain's head");
        }
        return chain.entries() < after.sequence() || chain.hash().equals(after.hash())
                ? chain
                : chain.broken(chain.entries(), "the chain's head has another hash");
    }
}
