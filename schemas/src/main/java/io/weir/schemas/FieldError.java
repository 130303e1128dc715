package io.weir.schemas;

/**
 * One thing wrong with an input, and where.
 *
 * @param pointer JSON Pointer (RFC 6901) into the input; empty for the whole
 * @param detail what is wrong, in words for the caller
 */
public record FieldError(String pointer, String detail) {}
