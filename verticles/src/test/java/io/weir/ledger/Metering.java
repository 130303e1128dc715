package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.weir.fixtures.Callers;
import io.weir.metering.MeteringVerticle;
import io.weir.metering.UsageAnswer;
import io.weir.metering.UsageQuestion;
import io.weir.schemas.Addresses;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Meters of a scene's demo tenant, what counts them backwards, and what is asked of them. */
final class Metering {
    /** The rows of a meter, but for its name. */
    static final String ROWS = """
            select concat_ws('|', customer, subscription, subscription_revision, bucket at time zone 'UTC', dimensions,
                trim_scale(value), entries, last_at at time zone 'UTC') from aggregate where meter = $1 order by 1
            """;

    private final Scene scene;
    private final MeterSettings settings;
    private final MeteringVerticle verticle;

    Metering(Scene scene, int backfillBatch) {
        this.scene = scene;
        WeirSettings all = Scene.settings(Map.of("WEIR_METERS_BACKFILL_BATCH", String.valueOf(backfillBatch)));
        this.settings = all.meters();
        this.verticle =
                new MeteringVerticle(scene.database.pool(), all.metering(), scene.clock, new SimpleMeterRegistry());
        await(scene.vertx.deployVerticle(verticle));
    }

    /** Adds a version of a meter of {@code llm.completion}, as the master data's writer does. */
    void put(String meter, String aggregation, @Nullable String value, String dimensions, @Nullable String filter) {
        scene.database.run("""
                with lock as (select pg_advisory_xact_lock(7214470003)),
                next as (update master_data set revision = revision + 1 from lock returning revision)
                insert into meter (organisation, meter, version, revision, event_type, aggregation, value, percentile,
                    dimensions, filter, unit)
                select 'demo', $1, (select count(*) + 1 from meter where meter = $1), revision, 'llm.completion', $2, $3,
                    case when $2 = 'percentile' then 90 end, $4::text::text[], $5::text::jsonb, 'x'
                from next
                """, meter, aggregation, value, dimensions, filter);
        Change change = new Change(Events.DEMO, null, ChangeKind.CATALOG);
        Addresses.CHANGES.tell(scene.vertx.eventBus(), new ChangeBatch(List.of(change), scene.clock.instant(), false));
    }

    /** Adds a meter of an aggregation over {@code v} by model and region, of every region but {@code no}. */
    void putOf(String meter, String aggregation) {
        put(
                meter,
                aggregation,
                aggregation.equals("count") ? null : "/data/v",
                "{model,region}",
                "{\"region\":{\"not\":\"no\"}}");
    }

    /** Starts to count backwards; the deployment's id. */
    String backfill() {
        return scene.deploy(new BackfillVerticle(
                scene.database.pool(),
                Scene.settings(Map.of()).ledger(),
                settings,
                scene.clock,
                new LedgerMeters(new SimpleMeterRegistry())));
    }

    /** Waits until every meter has counted everything. */
    void complete() {
        scene.until(
                "select count(*) = (select count(distinct meter) from meter) from meter_backfill b"
                        + " where ended_at is not null and version = (select max(version) from meter m where m.meter = b.meter)");
    }

    List<String> rows(String meter) {
        return scene.column(ROWS, meter);
    }

    /** The answer to a question of names and values. */
    List<UsageAnswer.Row> ask(String... parameters) {
        Addresses.COUNTED_UP_TO.tell(scene.vertx.eventBus(), scene.clock.instant());
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < parameters.length; i += 2) {
            map.add(parameters[i], parameters[i + 1]);
        }
        UsageQuestion question = UsageQuestion.parse(map, scene.clock.instant());
        Future<UsageAnswer> asked;
        do { // until the stage has heard up to when everything is counted
            asked = verticle.usage().usage(Callers.of("demo"), question);
            await(asked.otherwiseEmpty());
        } while (asked.cause() instanceof RefusedException refused && refused.refusal() instanceof Refusal.Unavailable);
        return await(asked).rows();
    }
}
