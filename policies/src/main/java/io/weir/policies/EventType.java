package io.weir.policies;

import com.networknt.schema.Schema;

/**
 * A registered event type with its current schema.
 *
 * @param version the schema's version, which each event keeps
 */
record EventType(String name, int version, Schema schema) {}
