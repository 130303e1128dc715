package io.weir.policies;

import io.weir.schemas.Deprecation;
import io.weir.schemas.Receipt;
import java.util.List;

/**
 * The checked events of a request.
 *
 * @param events those that may be taken
 * @param rejected receipts of those that may not
 * @param size how many events were sent
 * @param deprecations of the schema versions that the events may still be taken by, each once; nearly always none
 */
public record EventBatch(
        List<AdmittedEvent> events, List<Receipt> rejected, int size, List<Deprecation> deprecations) {}
