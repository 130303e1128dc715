package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.lineage.LineageQueries;
import io.weir.metering.EventQueries;
import io.weir.metering.EventState;
import io.weir.policies.Call;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;

/** The way between events and ERP documents, from either end. */
final class LineageAction {
    private final LineageQueries lineage;
    private final EventQueries events;

    LineageAction(LineageQueries lineage, EventQueries events) {
        this.lineage = lineage;
        this.events = events;
    }

    Future<Answer> lineage(Call call) {
        String document = call.query("document");
        String source = call.query("source");
        String id = call.query("id");
        if (document == null ? source == null || id == null : source != null || id != null) {
            throw new RefusedException(
                    Refusal.Invalid.at("/document", "give either a document, or the source and id of an event"));
        }
        TenantId tenant = call.caller().tenant();
        Narrowing to = call.caller().narrowing();
        return document != null
                ? lineage.ofDocument(tenant, to, document, Requests.limit(call), call.query("cursor"))
                        .compose(found -> Requests.found(found, "document"))
                        .map(found -> Requests.linked(call, Answer.json(200, found.lineage()), found.next()))
                : ofEvent(tenant, to, source == null ? "" : source, id == null ? "" : id);
    }

    private Future<Answer> ofEvent(TenantId tenant, Narrowing to, String source, String id) {
        return lineage.ofEvent(tenant, to, source, id)
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(Answer.json(200, found.get().lineage()))
                        : events.find(tenant, source, id)
                                .map(event -> event.filter(one -> UsageAction.maySee(to, one)))
                                .compose(event -> Requests.found(event, "event recorded"))
                                .map(LineageAction::archived));
    }

    /** An event that the lineage does not find and the explorer does has left for the archive. */
    private static Answer archived(EventState event) {
        throw new RefusedException(new Refusal.Conflict(
                "archived",
                "the event has left for the archive"
                        + (event.archived() == null
                                ? ""
                                : ", " + event.archived().file()) + "; GET /v1/events tells of it and of its charges"));
    }
}
