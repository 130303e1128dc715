package io.weir.policies;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * A body that is not read to its end: paused, and read on by the action.
 *
 * @param begun what was read of it
 * @param rest what comes after it, decoded
 * @param close gives up what reading it holds; to be run once it is not read on
 * @param taken gives back the room that the beginning has in the budget of bodies; to be run once little of it is left
 */
public record OpenBody(Buffer begun, ReadStream<Buffer> rest, Runnable close, Runnable taken) {}
