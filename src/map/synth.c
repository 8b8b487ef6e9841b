/* The made-up town from beginning to end: plan, districts, main roads, one-way streets, file. */
#include "map/synth.h"
#include "map/synth_plan.h"

enum {
    PEOPLE_PER_SIZE = 20000,
    CITY_SIZE = 3
};

static void town_name(const struct amp_plan *plan)
{
    struct amp_town *town = plan->town;
    struct amp_xy centre = amp_plan_warp(plan, (struct amp_xy){.x = 0, .y = 0});
    (void)amp_town_node(town, centre);
    amp_town_tag(town, "place", town->size >= CITY_SIZE ? "city" : "town");
    amp_town_tag(town, "name", "Porto Sereno");
    amp_town_tag(town, "name:en", "Quiet Harbour");
    amp_town_tag(town, "population",
                 amp_town_text(town, "%u", PEOPLE_PER_SIZE * town->size * town->size));
}

amp_err amp_synth_write(const char *path, uint64_t seed, unsigned size,
                        const struct amp_progress *progress, struct amp_why *why)
{
    if (size < 1 || size > AMP_SYNTH_SIZE_MAX) {
        return amp_fail(why, AMP_E_RANGE, "size %u is not within 1..%d", size, AMP_SYNTH_SIZE_MAX);
    }
    struct amp_town town;
    struct amp_plan plan;
    amp_town_init(&town, seed, size);
    amp_plan_make(&plan, &town);
    for (uint32_t j = 0; j < plan.rows && !town.err; j++) {
        for (uint32_t i = 0; i < plan.cols; i++) {
            amp_district_make(&plan, i, j);
        }
        if (progress) {
            progress->tell(progress->ctx, "building the town", j + 1, plan.rows);
        }
    }
    if (!town.err) {
        amp_plan_roads(&plan);
        town_name(&plan);
    }
    if (!town.err) {
        amp_town_connect(&town, town.ref[town.way[0].part_first]);
    }
    amp_plan_free(&plan);
    amp_err err = amp_town_write(&town, path, progress, why);
    amp_town_finish(&town);
    return err;
}
