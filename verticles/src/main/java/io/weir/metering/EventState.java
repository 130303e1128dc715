package io.weir.metering;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One recorded event: what became of it, and where it went from there.
 *
 * @param state {@code recorded} where it is counted, {@code amended} where that is as an amendment has it, {@code voided} where it
 *     was taken back, {@code held} where it waits for its customer or subscription, {@code archived} where it has left for the archive
 * @param uncounted true where it is recorded and no meter counts it; else null
 * @param exceptionId of what it waits as; null where it is counted
 * @param reason why it is held; null where it is counted
 * @param subject null where the event names its subscription instead
 * @param item the subscription line's, that it was resolved with
 * @param backfillSet the set that it came by; null where it came by the log
 * @param masterDataRevision that it was resolved with
 * @param aggregates the quarters that it is counted in; none while it is held
 * @param charges what it was charged by, and where that went
 * @param conflicts events of the same id and other content, which were not recorded
 * @param corrections how it was voided and amended, in their order; null where it never was
 * @param archived where it lies; null where it has not left
 */
public record EventState(
        String source,
        String id,
        String state,
        @Nullable Boolean uncounted,
        @Nullable String exceptionId,
        @Nullable String reason,
        String type,
        @Nullable String subject,
        Instant time,
        String correlation,
        @Nullable String customer,
        @Nullable String subscription,
        @Nullable String legalEntity,
        @Nullable String item,
        @Nullable String backfillSet,
        int schemaVersion,
        long masterDataRevision,
        JsonNode data,
        Stages stages,
        List<Aggregate> aggregates,
        List<Charge> charges,
        Conflicts conflicts,
        @Nullable List<Correction> corrections,
        @Nullable Archived archived) {

    /** A day of the archive, and its file. */
    public record Archived(String day, String file) {}

    /** The same, as it lies in the archive. */
    EventState archived(Archived place) {
        return new EventState(
                source,
                id,
                "archived",
                uncounted,
                exceptionId,
                reason,
                type,
                subject,
                time,
                correlation,
                customer,
                subscription,
                legalEntity,
                item,
                backfillSet,
                schemaVersion,
                masterDataRevision,
                data,
                stages,
                aggregates,
                charges,
                conflicts,
                corrections,
                place);
    }

    /** When the front door had it, the log had it, the ledger had it, it was first charged, its document was posted. */
    public record Stages(
            Instant received,
            Instant logged,
            Instant recorded,
            @Nullable Instant charged,
            @Nullable Instant posted) {}

    /** What it adds to a meter's quarter hour; {@code value} is a decimal as text. */
    public record Aggregate(
            String meter, int meterVersion, Instant from, Instant to, String value, Map<String, String> dimensions) {
        private static final String OTHER = "__other__";

        /** The same, with the remainder's dimensions. */
        Aggregate inRemainder() {
            Map<String, String> others = new LinkedHashMap<>(dimensions);
            others.replaceAll((name, value) -> OTHER);
            return new Aggregate(meter, meterVersion, from, to, value, others);
        }
    }

    /**
     * A charge line that it is a part of.
     *
     * @param document the ERP's own number, once there is one
     * @param takenBack true where the line takes back what was charged before a correction; else null
     */
    public record Charge(
            String chargeKey,
            String meter,
            @Nullable String posting,
            @Nullable String externalId,
            @Nullable String document,
            @Nullable String state,
            @Nullable Boolean takenBack) {}

    /**
     * A void or an amendment.
     *
     * @param by the principal
     * @param takenBack what stood until then; null where nothing did, since it was voided before
     */
    public record Correction(
            String kind,
            String reason,
            String by,
            Instant at,
            String correlation,
            @Nullable TakenBack takenBack) {}

    /** What an event was before a correction. */
    public record TakenBack(
            String type,
            @Nullable String subject,
            Instant time,
            @Nullable String customer,
            @Nullable String subscription,
            JsonNode data) {}

    /** How many, and the ids of their exceptions. */
    public record Conflicts(int count, List<String> exceptions) {}
}
