package io.weir.settings;

import java.util.List;

/** The settings cannot be used; its message lists everything that is wrong with them. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SettingsException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems), null, false, false);
    }
}
