/* Looking at links. */
#include "model/exchange.h"
#include <assert.h>
#include <stdlib.h>

const char *amp_transfer_name(enum amp_transfer transfer)
{
    static const char *const names[AMP_TRANSFERS] = {[AMP_TRANSFER_OFFERED] = "offered",
                                                     [AMP_TRANSFER_ACCEPTED] = "accepted",
                                                     [AMP_TRANSFER_REFUSED] = "refused",
                                                     [AMP_TRANSFER_FAILED] = "failed"};
    assert(transfer < AMP_TRANSFERS);
    return names[transfer];
}

bool amp_link_tells(const struct amp_link *link)
{
    return link->transfer == AMP_TRANSFER_ACCEPTED ||
           (link->outward && link->transfer == AMP_TRANSFER_OFFERED);
}

uint64_t amp_link_note_hash(struct amp_str name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static int hash_order(const void *a, const void *b)
{
    const uint64_t *one = a;
    const uint64_t *two = b;
    return (*one > *two) - (*one < *two);
}

bool amp_link_note_known(const struct amp_link *link, struct amp_str name)
{
    uint64_t hash = amp_link_note_hash(name);
    return link->note_n != 0 &&
           bsearch(&hash, link->note, link->note_n, sizeof hash, hash_order) != NULL;
}

const struct amp_partner_unit *amp_link_unit(const struct amp_link *link, struct amp_str name)
{
    for (size_t i = 0; i < link->unit_n; i++) {
        if (amp_str_is(name, link->unit[i].name)) {
            return &link->unit[i];
        }
    }
    return NULL;
}

void amp_link_finish(struct amp_link *link)
{
    free(link->unit);
    free(link->note);
    *link = (struct amp_link){0};
}
