/* Centres whose areas touch a shape. */
#include "intake/lost_touch.h"
#include "intake/lost_table_in.h"

static bool is_named(const struct amp_lost_centre *out, size_t n, struct amp_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_eq(out[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* The services of an area, each centre once. */
static size_t area_put(const struct amp_lost_table *table, uint32_t area,
                       struct amp_lost_centre out[AMP_LOST_CENTRES], size_t n)
{
    for (size_t i = 0; i < table->service_n && n < AMP_LOST_CENTRES; i++) {
        const struct amp_lost_service *service = &table->service[i];
        if (service->area == area && !is_named(out, n, service->words)) {
            out[n++] = (struct amp_lost_centre){service->words, table->area[area].name,
                                                service->number, service->uris};
        }
    }
    return n;
}

static bool area_touches(const struct amp_lost_ground *ground, uint32_t area,
                         const struct amp_lost_touching *touching)
{
    const struct amp_lost_table *table = ground->table;
    for (size_t i = 0; i < table->polygon_n; i++) {
        const struct amp_lost_polygon *polygon = &table->polygon[i];
        if (polygon->area == area &&
            touching->polygon(touching->ctx, polygon->corner, polygon->n)) {
            return true;
        }
    }
    uint32_t border = table->area[area].border_first;
    for (uint32_t i = 0; i < table->area[area].border_n; i++) {
        if (touching->area(touching->ctx, ground->found[border])) {
            return true;
        }
        border = table->border[border].next;
    }
    return false;
}

size_t amp_lost_centres(const struct amp_lost_ground *ground,
                        const struct amp_lost_touching *touching,
                        struct amp_lost_centre out[AMP_LOST_CENTRES])
{
    size_t n = 0;
    for (uint32_t i = 0; i < ground->table->area_n && n < AMP_LOST_CENTRES; i++) {
        if (area_touches(ground, i, touching)) {
            n = area_put(ground->table, i, out, n);
        }
    }
    return n;
}
