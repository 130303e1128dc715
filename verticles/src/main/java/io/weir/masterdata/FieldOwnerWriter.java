package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;

/** Stores which system owns each field in an organisation; the next write of any of its tenants is held to it. */
final class FieldOwnerWriter {
    private final Pool pool;

    FieldOwnerWriter(Pool pool) {
        this.pool = pool;
    }

    /** What is named is owned so, and everything else as by default. */
    Future<Commands.Stored> put(Commands.PutFieldOwners put) {
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> ProvenanceTable.owners(connection, put.organisation()))
                .compose(before -> ProvenanceTable.put(connection, put.organisation(), put.owners())
                        .compose(done -> ProvenanceTable.owners(connection, put.organisation()))
                        .compose(after -> before.equals(after)
                                ? Future.succeededFuture(new Commands.Stored(0, false))
                                : MasterDataTable.nextRevision(connection)
                                        .compose(revision -> EventTypeTable.changed(connection, put.organisation())
                                                .compose(done -> MasterDataTable.audit(
                                                        connection,
                                                        Audited.of(
                                                                put.tenant(),
                                                                put.actor(),
                                                                Act.FIELD_OWNERS_CHANGED,
                                                                put.organisation(),
                                                                before,
                                                                after)))
                                                .map(done -> new Commands.Stored(revision, false))))));
    }
}
