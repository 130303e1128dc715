package io.weir.schemas;

/** What a row of the change feed is about. */
public enum ChangeKind {
    /** A customer, identity, contract or subscription. */
    MASTER_DATA,
    /** Event types, meters, features, plans or prices of an organisation. */
    CATALOG,
    /** A credential, principal or access tier. */
    CREDENTIAL,
    /** A customer's grants. */
    GRANT,
    /** A customer's counted usage. */
    USAGE,
    /** A posting or one of its documents. */
    POSTING,
    /** An exception was opened or resolved. */
    EXCEPTION
}
