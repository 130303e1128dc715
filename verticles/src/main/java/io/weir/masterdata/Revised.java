package io.weir.masterdata;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An object with the revision that it stands in; as JSON the content's fields lie beside the others.
 *
 * @param id its key, unique for its tenant or organisation
 * @param content what the API takes and gives
 * @param revision master-data revision that wrote it: its strong ETag
 * @param effectiveFrom since when this revision holds; null for ever since
 * @param provenance who wrote each field last, by its pointer; null where nobody did since that is kept
 */
public record Revised<T>(
        String id,
        @JsonUnwrapped T content,
        long revision,
        @Nullable Instant effectiveFrom,
        @Nullable JsonNode provenance) {
    /** An object whose fields have no owners. */
    public Revised(String id, T content, long revision, @Nullable Instant effectiveFrom) {
        this(id, content, revision, effectiveFrom, null);
    }
}
