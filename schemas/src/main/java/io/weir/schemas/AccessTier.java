package io.weir.schemas;

/**
 * The API limits of a credential.
 *
 * @param name its key
 * @param requestsPerSecond requests a second, refilled continuously; at least 1
 * @param requestsBurst requests that may come at once; at least 1
 * @param eventsPerSecond events a second (a batch costs its events); at least 1
 * @param eventsBurst events that may come at once; never below the batch cap
 */
public record AccessTier(
        String name, long requestsPerSecond, long requestsBurst, long eventsPerSecond, long eventsBurst) {}
