package io.weir.schemas;

import java.util.Locale;
import java.util.Optional;

/** An administrative or financial act, as the audit trail names it, and the kind of object that it is done to. */
public enum Act {
    CUSTOMER_CREATED("customer"),
    CUSTOMER_CHANGED("customer"),
    SUBSCRIPTION_CREATED("subscription"),
    SUBSCRIPTION_CHANGED("subscription"),
    GRANT_CREATED("grant"),
    GRANT_CHANGED("grant"),
    FIELD_OWNERS_CHANGED("field-owners"),
    SCHEMA_REGISTERED("event-schema"),
    SCHEMA_CHANGED("event-schema"),
    METER_CREATED("meter"),
    METER_CHANGED("meter"),
    EVENT_VOIDED("event"),
    EVENT_AMENDED("event"),
    BILLING_RUN("billing-run"),
    POSTING_APPROVED("posting"),
    POSTING_REJECTED("posting"),
    EXCEPTION_RETRIED("exception"),
    EXCEPTION_ASSIGNED("exception"),
    EXCEPTION_RESOLVED("exception"),
    SOURCE_TOTAL_DECLARED("source-total"),
    SOURCE_TOTAL_CHANGED("source-total"),
    REPLAY_REQUESTED("replay"),
    REPLAY_APPROVED("replay"),
    REPLAY_REJECTED("replay"),
    ARCHIVE_DAY_CONFIRMED("archive-day"),
    ARCHIVE_DAY_DROPPED("archive-day"),
    BACKFILL_SET_OPENED("backfill-set"),
    BACKFILL_SET_LOADED("backfill-set"),
    BACKFILL_SET_CLOSED("backfill-set"),
    BACKFILL_SET_DROPPED("backfill-set"),
    BACKFILL_SET_EXPIRED("backfill-set"),
    KEY_CREATED("api-key"),
    KEY_ROTATED("api-key"),
    KEY_CHANGED("api-key"),
    KEY_REVOKED("api-key"),
    PRINCIPAL_CREATED("principal"),
    PRINCIPAL_CHANGED("principal"),
    ROLE_CREATED("role"),
    ROLE_CHANGED("role"),
    ROLE_DELETED("role"),
    TIER_CREATED("access-tier"),
    TIER_CHANGED("access-tier"),
    TIER_DELETED("access-tier"),
    CERTIFICATE_CREATED("client-certificate"),
    CERTIFICATE_CHANGED("client-certificate"),
    CERTIFICATE_REVOKED("client-certificate"),
    SUBJECT_CREATED("token-subject"),
    SUBJECT_CHANGED("token-subject"),
    SUBJECT_DELETED("token-subject");

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final String kind;

    Act(String kind) {
        this.kind = kind;
    }

    /** The act as it is written, such as {@code customer-created}. */
    public String text() {
        return text;
    }

    /** The kind of object, such as {@code customer}. */
    public String kind() {
        return kind;
    }

    /** The act written so; empty where there is none. */
    public static Optional<Act> of(String text) {
        for (Act act : values()) {
            if (act.text.equals(text)) {
                return Optional.of(act);
            }
        }
        return Optional.empty();
    }
}
