/** Contract tests of the ERP simulator. */
@NullMarked
package io.weir.local.erp;

import org.jspecify.annotations.NullMarked;
