/* Finding what can be nearest: checked once, then a look into a hash table and down to a leaf. */
#include "map/places_near.h"
#include <assert.h>
#include <stdlib.h>

static const uint32_t quarter = 4;

amp_err amp_near_check(const struct amp_near *near, uint32_t limit)
{
    for (size_t i = 0; i < near->cell_n; i++) {
        if (near->cell[i].node >= near->node_n || near->cell[i].key == UINT32_MAX ||
            (i > 0 && near->cell[i - 1].key >= near->cell[i].key)) {
            return AMP_E_CORRUPT;
        }
    }
    for (size_t i = 0; i < near->node_n; i++) {
        size_t at = near->node[i] >> 1;
        if ((near->node[i] & 1) != 0) {
            if (at <= i || at >= near->node_n || near->node_n - at < quarter) {
                return AMP_E_CORRUPT;
            }
            continue;
        }
        if (at >= near->item_n || near->item[at] > near->item_n - at - 1) {
            return AMP_E_CORRUPT;
        }
        for (size_t k = 1; k <= near->item[at]; k++) {
            if (near->item[at + k] >= limit) {
                return AMP_E_CORRUPT;
            }
        }
    }
    return AMP_OK;
}

static size_t slot_first(const struct amp_near *near, uint32_t key)
{
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (near->slot_n - 1);
}

static size_t slot_of(const struct amp_near *near, uint32_t key)
{
    size_t mask = near->slot_n - 1;
    size_t at = slot_first(near, key);
    while (near->slot[at].key != 0 && near->slot[at].key != key + 1) {
        at = (at + 1) & mask;
    }
    return at;
}

amp_err amp_near_open(struct amp_near *near)
{
    near->slot_n = 2;
    while (near->slot_n < 2 * near->cell_n) {
        near->slot_n *= 2;
    }
    near->slot = calloc(near->slot_n, sizeof(*near->slot));
    for (size_t i = 0; i < near->cell_n && near->slot != NULL; i++) {
        const struct amp_near_cell *cell = &near->cell[i];
        near->slot[slot_of(near, cell->key)] = (struct amp_near_cell){cell->key + 1, cell->node};
    }
    return near->slot == NULL ? AMP_E_NOMEM : AMP_OK;
}

static uint32_t key_of(const struct amp_near *near, struct amp_pos pos, uint32_t *north,
                       uint32_t *east)
{
    uint32_t columns = UINT32_C(3600000000) / near->cell_e7;
    *north = (uint32_t)((int64_t)pos.lat_e7 + 900000000);
    *east = (uint32_t)(((int64_t)pos.lon_e7 + 1800000000) % INT64_C(3600000000));
    uint32_t key = *north / near->cell_e7 * columns + *east / near->cell_e7;
    *north %= near->cell_e7;
    *east %= near->cell_e7;
    return key;
}

/* On the way down to a leaf. */
struct descent {
    uint32_t key, north, east, size;
    const uint32_t *node; /* NULL: there is none */
    uint32_t value;       /* of the last node read */
};

static void descent_begin(const struct amp_near *near, struct descent *d)
{
    const struct amp_near_cell *slot = &near->slot[slot_of(near, d->key)];
    if (slot->key != 0) {
        d->node = &near->node[slot->node];
        d->size = near->cell_e7 / 2;
        d->value = 1;
        __builtin_prefetch(d->node);
    }
}

/* One step; false if the leaf is reached. */
static bool descent_step(const struct amp_near *near, struct descent *d)
{
    if (d->node == NULL || (d->value & 1) == 0) {
        return false;
    }
    d->value = *d->node;
    if ((d->value & 1) == 0) {
        __builtin_prefetch(&near->item[d->value >> 1]);
        return false;
    }
    uint32_t up = d->north >= d->size ? 1 : 0;
    uint32_t right = d->east >= d->size ? 1 : 0;
    d->north -= up * d->size;
    d->east -= right * d->size;
    d->size /= 2;
    d->node = &near->node[(d->value >> 1) + 2 * up + right];
    __builtin_prefetch(d->node);
    return true;
}

void amp_near_at(const struct amp_near *near, size_t kinds, struct amp_pos pos,
                 struct amp_near_leaf *out)
{
    struct descent d[AMP_NEAR_KINDS];
    assert(kinds <= AMP_NEAR_KINDS);
    for (size_t i = 0; i < kinds; i++) {
        d[i] = (struct descent){.node = NULL};
        d[i].key = key_of(&near[i], pos, &d[i].north, &d[i].east);
        __builtin_prefetch(&near[i].slot[slot_first(&near[i], d[i].key)]);
    }
    for (size_t i = 0; i < kinds; i++) {
        descent_begin(&near[i], &d[i]);
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < kinds; i++) {
            bool deeper = descent_step(&near[i], &d[i]);
            more = more || deeper;
        }
    }
    for (size_t i = 0; i < kinds; i++) {
        const uint32_t *leaf = d[i].node == NULL ? NULL : &near[i].item[d[i].value >> 1];
        out[i] = (struct amp_near_leaf){leaf == NULL ? NULL : leaf + 1, leaf == NULL ? 0 : leaf[0]};
    }
}
