/*
 * What all stores share.
 */
#include "journal/store.h"

void amp_store_close(struct amp_store *store)
{
    if (store) {
        store->ops->close(store);
    }
}
