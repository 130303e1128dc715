/**
 * Every setting, as records whose components are the keys of {@code conf/weir.yaml}.
 *
 * <p>The file holds each key, its default and why; the code holds no defaults. All that is wrong (an unknown key, a missing
 * one, a wrong type, a broken rule between keys) is reported together and ends the start.
 */
@NullMarked
package io.weir.settings;

import org.jspecify.annotations.NullMarked;
