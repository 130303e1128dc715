package io.weir.policies;

import io.weir.schemas.Receipt;
import java.util.List;

/**
 * The checked events of a request.
 *
 * @param events those that may be taken
 * @param rejected receipts of those that may not
 * @param size how many events were sent
 */
public record EventBatch(List<AdmittedEvent> events, List<Receipt> rejected, int size) {}
