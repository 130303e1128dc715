package io.weir.gateway;

import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.spi.merge.DiscardMergePolicy;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.weir.policies.Leases;
import io.weir.policies.Tank;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's tanks: one entry of a Hazelcast map each, kept by one member and backed up by another. Asked without blocking and
 * with a deadline; what is answered after it grants nothing. Hazelcast asks again by itself where a member is gone, as soon as
 * there is another keeper.
 *
 * <p>No answer waits for the backup, or each tank whose backup dies would stop until that is noticed. So a backup may lack the
 * last grants of a keeper that dies: what it gave in the time that a message needs.
 */
final class HazelcastTanks implements Leases.Tanks {
    private static final String MAP = "weir.tanks";
    /** A tank that nobody asks is dropped after so long; it would be found full again. */
    private static final int IDLE_SECONDS = 3_600;

    private final Vertx vertx;
    private final Context context;
    private final TankKeeper here;
    private final IMap<String, long[]> tanks;
    private final int timeoutMillis;

    /** Answers on the context. */
    HazelcastTanks(Vertx vertx, Context context, HazelcastInstance member, TankKeeper here, int timeoutMillis) {
        this.vertx = vertx;
        this.context = context;
        this.here = here;
        this.tanks = member.getMap(MAP);
        this.timeoutMillis = timeoutMillis;
    }

    /** How the map is kept: after a split the larger part's tanks stand. */
    static MapConfig config() {
        return new MapConfig(MAP)
                .setBackupCount(0)
                .setAsyncBackupCount(1)
                .setMaxIdleSeconds(IDLE_SECONDS)
                .setMergePolicyConfig(new MergePolicyConfig(DiscardMergePolicy.class.getName(), 100));
    }

    @Override
    public void ask(String holder, Tank.Ask ask, Consumer<Tank.@Nullable Grant> answer) {
        boolean[] answered = {false};
        TankProcessors.Take take = new TankProcessors.Take(ask, here);
        long timer = vertx.setTimer(timeoutMillis, late -> {
            take.giveUp();
            once(answered, answer, null);
        });
        CompletionStage<long[]> asked;
        try {
            asked = tanks.submitToKey(holder, take);
        } catch (HazelcastException | IllegalStateException e) {
            // Stopping, or without a partition table: the deadline answers.
            return;
        }
        asked.whenComplete((given, failure) -> context.runOnContext(back -> {
            if (failure == null && given != null && vertx.cancelTimer(timer)) {
                once(answered, answer, grant(given));
            }
        }));
    }

    private static Tank.Grant grant(long[] answer) {
        return new Tank.Grant(
                Arrays.copyOfRange(answer, 0, Tank.RATES), Arrays.copyOfRange(answer, Tank.RATES, 2 * Tank.RATES));
    }

    private static void once(boolean[] answered, Consumer<Tank.@Nullable Grant> answer, Tank.@Nullable Grant grant) {
        if (!answered[0]) {
            answered[0] = true;
            answer.accept(grant);
        }
    }

    /** Forgets all tanks: this node is alone, and counts by itself. Blocks. */
    void clear() {
        tanks.clear();
    }
}
