package io.weir.ledger;

import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a ledger with what was put into the log, by plain SQL and apart from the ledger's own code.
 *
 * @param sent for each event's id, the output tokens of every content that was sent of it
 * @param records how many records the log has
 * @param unreadable how many of them are no events
 */
record LedgerCheck(Map<String, Set<Long>> sent, long records, long unreadable) {
    private static final String ENTRIES = "select id, (data->>'outputTokens')::bigint, customer, held from entry";

    private static final String SUMS = """
            select m.meter, coalesce(e.value, 0) as entries, coalesce(a.value, 0) as aggregates,
                coalesce(u.value, 0) as months, coalesce(e.n, 0) as entry_count, coalesce(a.n, 0) as aggregate_count,
                coalesce(u.n, 0) as month_count
            from (values ('llm_input_tokens'), ('llm_output_tokens'), ('llm_requests')) m(meter)
            left join (select meter, sum(value) as value, sum(entries) as n from aggregate group by 1) a using (meter)
            left join (select meter, sum(value) as value, sum(entries) as n from usage_month group by 1) u using (meter)
            left join lateral (
                select count(*) as n, sum(case m.meter when 'llm_requests' then 1
                    when 'llm_input_tokens' then (data->>'inputTokens')::numeric
                    else (data->>'outputTokens')::numeric end) as value
                from entry where customer is not null) e on true
            """;

    /** Everything that is wrong; empty when the ledger is right. */
    List<String> problems(Scene scene) {
        List<String> problems = new ArrayList<>();
        entries(scene, problems);
        for (Row row : scene.database.run(SUMS)) {
            String meter = row.getString("meter");
            same(problems, meter + " aggregates", row.getBigDecimal("entries"), row.getBigDecimal("aggregates"));
            same(problems, meter + " months", row.getBigDecimal("entries"), row.getBigDecimal("months"));
            same(problems, meter + " counts", row.getBigDecimal("entry_count"), row.getBigDecimal("aggregate_count"));
            same(problems, meter + " month counts", row.getBigDecimal("entry_count"), row.getBigDecimal("month_count"));
        }
        long recorded = scene.tally("recorded");
        equal(problems, "tallied recorded", sent.size(), recorded);
        equal(problems, "tallied unreadable", unreadable, scene.tally("unreadable"));
        equal(
                problems,
                "all tallies",
                records,
                recorded + scene.tally("duplicates") + scene.tally("conflicts") + scene.tally("unreadable"));
        equal(problems, "log read up to", records, scene.tally("next_offset"));
        equal(problems, "ids", sent.size(), scene.count("from event_id"));
        for (String reason : List.of("conflict", "unreadable")) {
            equal(
                    problems,
                    reason + " exceptions",
                    scene.tally(reason.equals("conflict") ? "conflicts" : reason),
                    scene.count("from ledger_exception where reason = $1", reason));
        }
        return problems;
    }

    private void entries(Scene scene, List<String> problems) {
        Map<String, Long> found = new HashMap<>();
        long counted = 0;
        long held = 0;
        for (Row row : scene.database.run(ENTRIES)) {
            String id = row.getString(0);
            Set<Long> contents = sent.get(id);
            if (contents == null || !contents.contains(row.getLong(1))) {
                problems.add("entry " + id + " was never sent so");
            }
            if (found.put(id, row.getLong(1)) != null) {
                problems.add("entry " + id + " stands twice");
            }
            counted += row.getString(2) != null && row.getString(3) == null ? 1 : 0;
            held += row.getString(2) == null && row.getString(3) != null ? 1 : 0;
        }
        sent.keySet().stream().filter(id -> !found.containsKey(id)).forEach(id -> problems.add("no entry " + id));
        equal(problems, "counted and held", found.size(), counted + held);
        equal(
                problems,
                "held exceptions",
                held,
                scene.count("from ledger_exception where reason in "
                        + "('unmatched_account', 'unknown_subscription') and state = 'open'"));
    }

    private static void equal(List<String> problems, String what, long expected, long found) {
        same(problems, what, BigDecimal.valueOf(expected), BigDecimal.valueOf(found));
    }

    private static void same(List<String> problems, String what, BigDecimal expected, BigDecimal found) {
        if (expected.compareTo(found) != 0) {
            problems.add(what + ": " + found + " instead of " + expected);
        }
    }
}
