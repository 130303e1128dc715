/** Tests of the ledger: its rules alone, its recording on a real Postgres, its loops on a real Kafka. */
@NullMarked
package io.weir.ledger;

import org.jspecify.annotations.NullMarked;
