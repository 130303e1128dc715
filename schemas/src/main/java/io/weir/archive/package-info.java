/**
 * The archive: days of entries as files, written by the ledger before the entries leave Postgres, and read by whoever asks what
 * has left. A day is a directory ({@code 2025-10-14}) that appears whole or not at all:
 *
 * <ul>
 *   <li>{@code events.ndjson.gz}: a CloudEvent a line with what Weir knows of it, in key order; members of gzip one behind the
 *       other, each of so many lines, so that one event is read without the others;
 *   <li>{@code events.keys}: key and digest of each line, 16 bytes each, in the same order: what is not in it is not in the day;
 *   <li>{@code events.blocks}: where each member begins, 8 bytes each;
 *   <li>{@code manifest.json}: counts, by tenant and event type too, and length and SHA-256 of the other files.
 * </ul>
 *
 * <p>Which days there are, and which of them have left, says the table {@code archive_day}, whose one writer is the ledger.
 * Here is no truth but the files' own: NOT guaranteed is that they are there, since somebody may have taken them away; then the
 * answer is an {@link java.io.IOException}, and never "no". Blocking: to be asked on virtual threads or workers.
 */
@NullMarked
package io.weir.archive;

import org.jspecify.annotations.NullMarked;
