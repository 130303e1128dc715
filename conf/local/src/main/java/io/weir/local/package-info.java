/**
 * The local services: Postgres, Kafka and an ERP simulator as one process, and the same three for tests.
 *
 * <p>Ownership: everything below {@code <data directory>/services} belongs to this package, and one process at a time
 * holds it (a file lock). Nothing here knows Weir's tables, topics or documents.
 *
 * <p>Invariants: servers bind 127.0.0.1; what was acknowledged survives {@code kill -9} of any process; ports and
 * credentials are made once per data directory and never change after.
 *
 * <p>Not guaranteed: survival of the machine's loss (one broker, one Postgres, no replica), and any tuning for
 * production. Those use servers of their own, reached by the same settings.
 */
@NullMarked
package io.weir.local;

import org.jspecify.annotations.NullMarked;
