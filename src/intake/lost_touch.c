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

size_t amp_lost_centres(const struct amp_lost_table *table, amp_lost_touches *touches, void *ctx,
                        struct amp_lost_centre out[AMP_LOST_CENTRES])
{
    size_t n = 0;
    for (size_t i = 0; i < table->polygon_n && n < AMP_LOST_CENTRES; i++) {
        const struct amp_lost_polygon *polygon = &table->polygon[i];
        if (polygon->n >= 3 && touches(ctx, polygon->corner, polygon->n)) {
            n = area_put(table, polygon->area, out, n);
        }
    }
    return n;
}
