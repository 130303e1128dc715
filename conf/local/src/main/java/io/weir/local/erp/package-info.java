/**
 * An ERP simulator: a small, honest NetSuite for one integration.
 *
 * <p>It answers on the vendor's paths as the vendor does (record API, {@code PUT .../invoice/eid:{externalId}}), keeps
 * its documents in an append-only file, and has a control plane on a port of its own for faults and for looking
 * inside. Shapes carry the confidence of their source in comments: <b>V</b> read in the vendor's own material,
 * <b>C</b> seen in third-party code, <b>U</b> unverified, from memory.
 *
 * <p>Invariants: a document that was answered with 204 is on disk; one external id is one document of its type; money
 * is decimal from the request's text to the file. Requests, faults and the request log live on one event loop; the
 * documents on one worker thread.
 *
 * <p>Not guaranteed: any NetSuite behaviour not written here. Tax, workflows, scripts, SuiteQL and asynchronous jobs
 * are not simulated, and their paths answer 404.
 */
@NullMarked
package io.weir.local.erp;

import org.jspecify.annotations.NullMarked;
