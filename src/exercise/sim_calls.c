/* What callers of a made-up day say, and from where. */
#include "exercise/sim_inside.h"

#include <stdio.h>

enum {
    CALL_TRIES = 50,
    REVERSE_ARENA = 1 << 20
};

static const struct {
    const char *type;
    int priority;
    unsigned weight;
    const char *english, *portuguese;
} call_rows[] = {
    {"cardiac-arrest", 1, 3, "He fell down and he is not breathing",
     "Ele caiu e não está a respirar"},
    {"breathing", 1, 8, "She can hardly breathe, her lips are blue",
     "Ela mal consegue respirar, tem os lábios roxos"},
    {"chest-pain", 2, 8, "Strong pain in the chest and the left arm",
     "Dor forte no peito e no braço esquerdo"},
    {"stroke", 2, 5, "One side of his face hangs and he speaks strangely",
     "Um lado da cara está caído e ele fala de maneira estranha"},
    {"childbirth", 2, 4, "The baby is coming, we cannot get to the hospital",
     "O bebé está a nascer, não conseguimos chegar ao hospital"},
    {"fall", 3, 10, "My grandmother fell from the stairs, her hip hurts",
     "A minha avó caiu das escadas, dói-lhe a anca"},
    {"unconscious", 1, 5, "A man lies by the bus stop and does not answer",
     "Está um homem deitado na paragem e não responde"},
    {"seizure", 2, 4, "A boy is shaking all over in the school yard",
     "Um rapaz está com convulsões no pátio da escola"},
    {"burns", 2, 2, "Hot oil, her arm and hand", "Óleo quente, o braço e a mão dela"},
    {"traffic-collision", 2, 9, "A minibus and a motorcycle, two are hurt",
     "Um chapa e uma mota, há dois feridos"},
    {"traffic-trapped", 1, 3, "A truck turned over, the driver is trapped",
     "Um camião virou-se, o condutor está encarcerado"},
    {"structure-fire", 1, 3, "Smoke comes out of a house, people are inside",
     "Sai fumo de uma casa, há gente lá dentro"},
    {"vehicle-fire", 3, 2, "A car burns at the side of the road", "Um carro a arder na berma"},
    {"gas-leak", 2, 2, "It smells strongly of gas in the stairwell",
     "Cheira muito a gás nas escadas"},
    {"water-rescue", 1, 1, "Somebody fell into the river by the bridge",
     "Alguém caiu ao rio junto à ponte"},
    {"snake-bite", 2, 1, "A snake bit my brother in the foot",
     "Uma cobra mordeu o meu irmão no pé"},
};

enum {
    CALL_ROWS = sizeof(call_rows) / sizeof(call_rows[0])
};

static size_t row_choose(struct amp_chance *chance)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < CALL_ROWS; i++) {
        sum += call_rows[i].weight;
    }
    uint32_t drawn = amp_chance_below(chance, sum);
    size_t row = 0;
    while (drawn >= call_rows[row].weight) {
        drawn -= call_rows[row++].weight;
    }
    return row;
}

/* Somewhere near a road and near where crews are, since towns have edges. */
static bool place_choose(struct amp_sim *sim, struct amp_pos *out)
{
    for (int i = 0; i < CALL_TRIES; i++) {
        const struct amp_sim_town *town = sim->town;
        struct amp_pos centre =
            town->station[amp_chance_below(&sim->chance, (uint32_t)town->station_n)].site;
        double lat = amp_lat_deg(centre) + 0.03 * (amp_chance_share(&sim->chance) - 0.5);
        double lon = amp_lon_deg(centre) + 0.03 * (amp_chance_share(&sim->chance) - 0.5);
        struct amp_pos pos = {0};
        struct amp_snap snap = {0};
        size_t found = 0;
        if (!amp_pos_of_degrees(lat, lon, &pos) &&
            !amp_roads_snap(sim->map->roads, AMP_PROFILE_AMBULANCE, pos, 150.0, -1.0, &snap, 1,
                            &found) &&
            found > 0) {
            *out = pos;
            return true;
        }
    }
    return false;
}

bool amp_sim_call_make(struct amp_sim *sim, struct amp_sim_action *out)
{
    struct amp_sim_action call = {.kind = AMP_SIM_CALL};
    if (!place_choose(sim, &call.pos)) {
        return false;
    }
    size_t row = row_choose(&sim->chance);
    call.type = call_rows[row].type;
    call.priority = call_rows[row].priority;
    call.words = sim->portuguese ? call_rows[row].portuguese : call_rows[row].english;
    call.radius_m = 5 + (int64_t)amp_chance_exponential(&sim->chance, 40.0);
    (void)snprintf(call.number, sizeof(call.number), "+999 55 %03u %04u",
                   amp_chance_below(&sim->chance, 1000), amp_chance_below(&sim->chance, 10000));
    struct amp_arena arena = amp_arena_make(REVERSE_ARENA);
    struct amp_address address = {0};
    if (!amp_reverse(sim->map->places, call.pos, &arena, &address) &&
        amp_str_copy(call.place, sizeof(call.place), address.text)) {
        call.place[0] = '\0';
    }
    amp_arena_drop(&arena);
    *out = call;
    return true;
}
