/**
 * What became of usage, both ways: the list of recorded events, and the way from an event to an ERP document and back.
 *
 * <p>Owns no table; reads what the ledger, rating and posting wrote. An event is a part of the first charge of its hour that
 * was made since it was counted; later charges of that hour are adjustments for other events. NOT guaranteed: that a list read
 * page by page holds what was recorded meanwhile; that an event in a charge's lineage weighs anything, where the charge's
 * meter found no number in it.
 */
@NullMarked
package io.weir.lineage;

import org.jspecify.annotations.NullMarked;
