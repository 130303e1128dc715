package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutagesTest {
    @ParameterizedTest
    @CsvSource({
        "08006, true",
        "40001, true",
        "40P01, true",
        "53300, true",
        "57014, true",
        "57P01, true",
        "25P03, true",
        "25P04, true",
        "55P03, true",
        "25P02, false",
        "22003, false",
        "23505, false",
        "42P01, false"
    })
    void what_postgres_cannot_do_now_is_an_outage_and_what_it_never_does_a_bug(String state, boolean outage) {
        PgException failure = new PgException("failed", "ERROR", state, "");
        assertEquals(outage, Outages.is(failure));
        assertEquals(outage, Outages.is(new IllegalStateException(failure)));
    }

    @Test
    void silence_and_lost_connections_are_outages() {
        assertEquals(true, Outages.is(new ReplyException(ReplyFailure.TIMEOUT, "late")));
        assertEquals(false, Outages.is(new ReplyException(ReplyFailure.RECIPIENT_FAILURE, "failed")));
        assertEquals(true, Outages.is(new IOException("closed")));
        assertEquals(false, Outages.is(new IllegalStateException("a bug")));
    }
}
