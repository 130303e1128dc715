package io.weir.ledger;

import static io.weir.ledger.BackfillScene.JANE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Outcomes;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a backfill set would change, beside what it changes. */
class BackfillPreviewTest {
    @TempDir
    private static Path directory;

    private final BackfillScene of = new BackfillScene(directory);
    private final Scene scene = of.scene;
    private final Scene.Loop loop = of.loop;
    private final BackfillSetWriter sets = of.sets;

    @AfterEach
    void close() {
        of.close();
    }

    @Test
    void what_is_previewed_is_what_closing_does() {
        long seed = System.nanoTime();
        System.out.println("BackfillSetsTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 4; round++) {
            recorded(random, round);
            BackfillSetWriter small = of.writer(1_000, 1 + random.nextInt(30));
            String set = of.open(false);
            for (int i = 0; i < 3; i++) {
                String[] events = IntStream.range(0, random.nextInt(60))
                        .mapToObj(any -> event(random))
                        .toArray(String[]::new);
                of.run(() -> small.load(BackfillScene.command(set, JANE, events)));
            }
            BackfillSets.Effect effect = of.run(() -> small.preview(new BackfillSets.Preview(Events.DEMO, set)));
            Map<String, BigDecimal> before = months();
            long held = scene.count("from entry where held is not null");
            of.run(() -> small.close(new BackfillSets.Close(Events.DEMO, JANE, set, effect.revision())));
            assertEquals(outcomes(set, held), effect.outcomes(), () -> "seed " + seed);
            Map<String, BigDecimal> expected = new TreeMap<>(before);
            effect.usage().forEach(usage -> {
                String month = usage.customer().value() + " " + usage.meter() + " " + usage.month();
                assertEquals(before.getOrDefault(month, BigDecimal.ZERO), usage.before(), () -> "seed " + seed);
                expected.merge(month, usage.change(), BigDecimal::add);
            });
            assertEquals(expected, months(), () -> "seed " + seed);
        }
        assertEquals(0, scene.count("""
                        from (select meter, sum(value) from aggregate group by 1
                              except select meter, sum(value) from usage_month group by 1) x
                        """));
        assertEquals(scene.count("from entry"), scene.count("from event_id"));
    }

    private Outcomes outcomes(String set, long heldBefore) {
        int[] counts = new int[3];
        List<String> names = List.of("recorded", "duplicate", "conflict");
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (int)
                    scene.count("from backfill_event where backfill_set = $1 and outcome = $2", set, names.get(i));
        }
        int held = (int) (scene.count("from entry where held is not null") - heldBefore);
        return new Outcomes(counts[0], counts[1], counts[2], held, 0);
    }

    private Map<String, BigDecimal> months() {
        Map<String, BigDecimal> months = new TreeMap<>();
        scene.database
                .run("select customer, meter, month, value from usage_month")
                .forEach(row -> months.put(
                        row.getString(0) + " " + row.getString(1) + " " + row.getLocalDate(2), row.getBigDecimal(3)));
        return months;
    }

    private void recorded(Random random, int partition) {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            records.add(Events.at(partition, i, event(random)));
        }
        loop.record(records);
    }

    /** One of few ids, with one of few contents. */
    private static String event(Random random) {
        String subject = random.nextInt(6) == 0 ? "nobody" : "ws-00" + (1 + random.nextInt(4));
        String day = LocalDate.of(2026, 10, 25).plusDays(random.nextInt(20)).toString();
        return Events.json("e-" + random.nextInt(300), subject, random.nextInt(3))
                .replace("2026-11-20", day);
    }
}
