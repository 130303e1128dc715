package io.weir.policies;

/** How a customer is found in an operation: what a credential that is narrowed to customers may ask of it. */
public enum Customers {
    /** In the path, as {@code customer}: another customer is answered as one that does not exist. */
    IN_PATH,
    /** In the query, as {@code customer}: a narrowed credential has to give one of its own. */
    IN_QUERY,
    /** In what is found: the action shows nothing of another customer. */
    IN_ANSWER,
    /** Nowhere: the operation tells nothing of any customer. */
    NOWHERE,
    /** It is about the tenant as a whole: refused. */
    WHOLE_TENANT,
    /** It gives rights to others: refused to a credential that is narrowed in any way, since they would not be. */
    RIGHTS_OF_OTHERS
}
