package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;

import io.vertx.core.Future;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.Amendment;
import io.weir.schemas.Commands.CorrectEvent;
import io.weir.schemas.Commands.Corrected;
import io.weir.schemas.Narrowing;
import io.weir.schemas.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Voids and amends events of a scene, on a virtual thread of its own. */
final class Corrector {
    static final Duration PAST = Duration.ofDays(35);

    private final Scene scene;
    private final Corrections corrections;
    private final Scene.Loop loop;

    Corrector(Scene scene) {
        this.scene = scene;
        this.corrections = new Corrections(scene.database.pool(), 100, 1_000, scene.clock);
        this.loop = scene.loop();
    }

    Corrected takeBack(String id) {
        return await(correcting(Events.DEMO, id, null));
    }

    Corrected amend(String id, String json) {
        return await(correcting(Events.DEMO, id, json));
    }

    /** @param json the amended event; null to void it */
    Future<Corrected> correcting(TenantId tenant, String id, @Nullable String json) {
        Instant now = scene.clock.instant();
        Amendment amendment = json == null
                ? null
                : new Amendment(json.getBytes(StandardCharsets.UTF_8), 1, now, now.minus(PAST), "trace-amended");
        CorrectEvent command = new CorrectEvent(
                tenant, new Actor("jane", "key", "trace"), Narrowing.NONE, "/test", id, "a test", amendment);
        return loop.on(() -> corrections.correct(command));
    }
}
