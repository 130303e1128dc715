package io.weir.rating;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Decimals;

/** Reading of {@code charge}, beside what became of each charge in the posting stage. */
final class ChargeTable {
    static final String LIST = """
            select c.charge_key, c.customer, c.subscription, c.item, c.meter, c.quantity, c.unit, c.unit_price, c.amount,
                   c.currency, c.span_from, c.span_to, c.price, c.price_version, c.run, c.correlation, c.created_at,
                   l.posting, l.external_id,
                   case when p.posting is null then 'rated'
                        when d.state in ('posted', 'held', 'rejected') then d.state
                        else p.state end as state
            from charge c
            left join posting_line l on l.charge_key = c.charge_key
            left join posting p on p.posting = l.posting
            left join posting_document d on d.external_id = l.external_id
            where c.tenant = $1
              and ($2::timestamptz is null or c.span_to > $2)
              and ($3::timestamptz is null or c.span_from < $3)
              and ($4::text is null or c.customer = $4)
              and ($5::text is null or c.subscription = $5)
              and ($6::timestamptz is null or (c.created_at, c.charge_key) < ($6, $7::text))
            order by c.created_at desc, c.charge_key desc
            limit $8
            """;

    private ChargeTable() {}

    static Charge charge(Row row) {
        String key = row.getString("charge_key");
        return new Charge(
                key,
                key,
                row.getString("customer"),
                row.getString("subscription"),
                row.getString("item"),
                row.getString("meter"),
                Decimals.text(row.getBigDecimal("quantity")),
                row.getString("unit"),
                Decimals.text(row.getBigDecimal("unit_price")),
                Decimals.amount(row.getBigDecimal("amount")),
                row.getString("currency"),
                row.getOffsetDateTime("span_from").toInstant(),
                row.getOffsetDateTime("span_to").toInstant(),
                row.getString("price"),
                row.getInteger("price_version"),
                row.getString("run"),
                row.getString("correlation"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getString("posting"),
                row.getString("external_id"),
                row.getString("state"));
    }
}
