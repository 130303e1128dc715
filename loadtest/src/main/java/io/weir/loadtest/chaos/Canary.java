package io.weir.loadtest.chaos;

/**
 * A ledger that is broken on purpose, so that a checker that sees nothing is found out. No code of Weir lies: these are triggers
 * in the run's own throw-away database.
 */
enum Canary {
    /** Forgets one entry in a thousand, from the five hundredth on: receipt, id and aggregates say that it is there. */
    FORGETS("a ledger that forgets one id in a thousand", """
            create sequence canary_entries start 501;
            create function canary_forgets() returns trigger language plpgsql as $$
            begin
                if nextval('canary_entries') % 1000 = 0 then return null; end if;
                return new;
            end $$;
            create trigger canary before insert on entry_row for each row execute function canary_forgets();
            """, "drop trigger canary on entry_row"),
    /** Counts a retry twice: the output tokens of an event that comes again are added to its aggregate again. */
    COUNTS_TWICE("a ledger that counts a retry twice", """
            create function canary_twice() returns trigger language plpgsql as $$
            begin
                if exists (select from event_id i where i.event_key = new.event_key) then
                    update aggregate a set value = a.value + (e.data ->> 'outputTokens')::numeric
                    from entry e
                    where e.event_key = new.event_key and a.tenant = e.tenant and a.customer = e.customer
                        and a.meter = 'llm_output_tokens' and a.subscription = e.subscription
                        and a.bucket = date_bin('15 minutes', e.event_time, 'epoch');
                end if;
                return new;
            end $$;
            create trigger canary before insert on event_id for each row execute function canary_twice();
            """, "drop trigger canary on event_id"),
    /** Loses the last event of each load of a backfill set, behind an answer that said it was in it. */
    CLOSES_WITHOUT_ONE(
            "a backfill set that is closed without one of its events", """
            create function canary_without_one() returns trigger language plpgsql as $$
            begin
                if new.state = 'open' and new.lines > old.lines then
                    delete from backfill_event where backfill_set = new.backfill_set and line = new.lines;
                end if;
                return new;
            end $$;
            create trigger canary before update on backfill_set for each row execute function canary_without_one();
            """, "drop trigger canary on backfill_set");

    private final String meaning;
    private final String install;
    private final String remove;

    Canary(String meaning, String install, String remove) {
        this.meaning = meaning;
        this.install = install;
        this.remove = remove;
    }

    String meaning() {
        return meaning;
    }

    String install() {
        return install;
    }

    String remove() {
        return remove;
    }
}
