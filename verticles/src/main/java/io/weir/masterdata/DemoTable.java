package io.weir.masterdata;

/** The SQL that seeds the demo tenant; each statement takes the master-data revision where its table has one. */
final class DemoTable {
    static final String EXISTS = "select exists (select from tenant where tenant = 'demo')";

    static final String ORGANISATIONS = """
            insert into organisation (organisation, name) values ('demo', 'Demo'), ('other', 'Other')
            """;

    static final String TENANTS = """
            insert into tenant (tenant, organisation, name, region)
            values ('demo', 'demo', 'Demo', $1), ('other', 'other', 'Other', $1)
            """;

    static final String SCHEMAS = """
            insert into event_type_schema (organisation, event_type, version, revision, schema)
            values ('demo', 'llm.completion', 1, $1, $2::text::jsonb), ('demo', 'api.request', 1, $1, $3::text::jsonb)
            """;

    static final String METERS = """
            insert into meter (organisation, meter, version, revision, event_type, aggregation, value, dimensions, unit)
            values ('demo', 'llm_input_tokens', 1, $1, 'llm.completion', 'sum', '/data/inputTokens',
                    '{model,region}', 'tokens'),
                   ('demo', 'llm_output_tokens', 1, $1, 'llm.completion', 'sum', '/data/outputTokens',
                    '{model,region}', 'tokens'),
                   ('demo', 'llm_requests', 1, $1, 'llm.completion', 'count', null, '{}', 'requests'),
                   ('demo', 'api_requests', 1, $1, 'api.request', 'sum', '/data/requests', '{}', 'requests'),
                   ('demo', 'api_bytes', 1, $1, 'api.request', 'sum', '/data/bytes', '{}', 'bytes')
            """;

    static final String FEATURES = """
            insert into feature (organisation, feature, revision, kind, meter)
            values ('demo', 'llm_tokens', $1, 'metered', 'llm_output_tokens'),
                   ('demo', 'premium_support', $1, 'boolean', null),
                   ('demo', 'model_access', $1, 'static', null)
            """;

    static final String PLANS =
            "insert into plan (organisation, plan, revision, name) values ('demo', 'standard', $1, 'Standard')";

    static final String PLAN_FEATURES = """
            insert into plan_feature (organisation, plan, revision, feature, allowance, overage, config)
            values ('demo', 'standard', $1, 'llm_tokens', 1000000, 'block', null),
                   ('demo', 'standard', $1, 'premium_support', null, 'block', null),
                   ('demo', 'standard', $1, 'model_access', null, 'block', '{"models": ["m1"]}')
            """;

    static final String PRICES = """
            insert into price (organisation, price, version, revision, plan, meter, model, unit_price, currency)
            values ('demo', 'llm-output-tokens', 1, $1, 'standard', 'llm_output_tokens', 'per_unit', 0.0001, 'USD')
            """;

    static final String CUSTOMERS = """
            insert into customer (tenant, customer, revision, effective_from, name)
            select 'demo', 'cust-' || to_char(n, 'FM000'), $1, '-infinity', 'Customer ' || to_char(n, 'FM000')
            from generate_series(1, 100) n
            """;

    static final String IDENTITIES = """
            insert into customer_identity (tenant, system, key, customer, revision, effective_from)
            select 'demo', 'product', 'ws-' || to_char(n, 'FM000'), 'cust-' || to_char(n, 'FM000'), $1, '-infinity'
            from generate_series(1, 100) n
            """;

    static final String CONTRACTS = """
            insert into contract (tenant, contract, revision, effective_from, customer, starts_at)
            select 'demo', 'sub-' || to_char(n, 'FM000'), $1, '-infinity', 'cust-' || to_char(n, 'FM000'),
                   '2020-01-01T00:00:00Z'
            from generate_series(1, 100) n
            """;

    static final String SUBSCRIPTIONS = """
            insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan, starts_at,
                                      currency)
            select 'demo', 'sub-' || to_char(n, 'FM000'), $1, '-infinity', 'cust-' || to_char(n, 'FM000'),
                   'sub-' || to_char(n, 'FM000'), 'standard', '2020-01-01T00:00:00Z', 'USD'
            from generate_series(1, 100) n
            """;

    static final String LINES = """
            insert into subscription_line (tenant, subscription, revision, line, item, meter, legal_entity, bill_to)
            select 'demo', 'sub-' || to_char(n, 'FM000'), $1, 1, 'llm-output-tokens', 'llm_output_tokens', 'main',
                   'cust-' || to_char(n, 'FM000')
            from generate_series(1, 100) n
            """;

    static final String CHANGES = """
            insert into change (tenant, customer, kind)
            values ('demo', null, 'CATALOG'), ('demo', null, 'MASTER_DATA'), ('other', null, 'MASTER_DATA')
            """;

    private DemoTable() {}
}
