/* Random little maps full of turn restrictions: the graph against a search that knows only them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/roads_fixture.h"
#include "map/roads_slow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The twin remembers the last base arcs it drove and looks at the restrictions as they were
 * written: no automaton, no splitting. A restriction is `from` way, then a via node or one way
 * over via ways, then `to` way.
 */
enum {
    NODES = 8,
    WAYS = 9,
    WAY_NODES = 3,
    RULES = 10,
    MEMORY = 6, /* base arcs a state remembers: more than any rule here is long */
    HASH = 1 << 19,
    MAPS = 100,
    PAIRS = 12
};

struct rule {
    bool only;
    bool u_turn;
    bool spares_crews;
    int from, to, via_node; /* ways; a node or -1 */
    int via[2], via_n;
};

struct plan {
    int way[WAYS][WAY_NODES];
    int way_n[WAYS];
    bool oneway[WAYS];
    struct rule rule[RULES];
    int rule_n;
};

static int chance(uint64_t *state, int below)
{
    return (int)(amp_fixture_chance(state) % (uint64_t)below);
}

static bool way_touches(const struct plan *plan, int way, int node)
{
    for (int i = 0; i < plan->way_n[way]; i++) {
        if (plan->way[way][i] == node) {
            return true;
        }
    }
    return false;
}

/* How many nodes two ways share; with one, *node is it. */
static int ways_share(const struct plan *plan, int a, int b, int *node)
{
    int n = 0;
    for (int i = 0; i < plan->way_n[a]; i++) {
        if (way_touches(plan, b, plan->way[a][i])) {
            *node = plan->way[a][i];
            n++;
        }
    }
    return n;
}

static void ways_draw(struct plan *plan, uint64_t *seed)
{
    for (int w = 0; w < WAYS; w++) {
        plan->way_n[w] = 0;
        plan->oneway[w] = chance(seed, 4) == 0;
        int want = 2 + chance(seed, WAY_NODES - 1);
        while (plan->way_n[w] < want) {
            int node = chance(seed, NODES);
            if (!way_touches(plan, w, node)) {
                plan->way[w][plan->way_n[w]++] = node;
            }
        }
    }
}

/* A restriction that has one reading only; false if this draw is none. */
static bool rule_draw(const struct plan *plan, uint64_t *seed, struct rule *out)
{
    struct rule rule = {.only = chance(seed, 3) == 0,
                        .spares_crews = chance(seed, 3) == 0,
                        .from = chance(seed, WAYS),
                        .to = chance(seed, WAYS),
                        .via_node = -1};
    int node = -1, other = -1;
    if (chance(seed, 3) == 0) {
        rule.u_turn = rule.from == rule.to;
        rule.only = rule.only && !rule.u_turn;
        rule.via_node = plan->way[rule.from][chance(seed, plan->way_n[rule.from])];
        *out = rule;
        return way_touches(plan, rule.to, rule.via_node);
    }
    rule.via_n = 1 + chance(seed, 2);
    rule.via[0] = chance(seed, WAYS);
    rule.via[1] = chance(seed, WAYS);
    int last = rule.via[rule.via_n - 1];
    bool clear = rule.from != rule.via[0] && rule.to != last && rule.from != rule.to &&
                 ways_share(plan, rule.from, rule.via[0], &node) == 1 &&
                 ways_share(plan, rule.to, last, &other) == 1 && node != other;
    if (rule.via_n == 2) {
        int joint = -1;
        clear = clear && ways_share(plan, rule.via[0], rule.via[1], &joint) == 1 &&
                rule.from != last && rule.to != rule.via[0] && joint != node && joint != other &&
                ways_share(plan, rule.from, last, &joint) == 0 &&
                ways_share(plan, rule.to, rule.via[0], &joint) == 0;
    }
    *out = rule;
    return clear;
}

static void plan_draw(struct plan *plan, uint64_t *seed)
{
    ways_draw(plan, seed);
    plan->rule_n = 0;
    for (int tries = 0; tries < 1000 && plan->rule_n < RULES; tries++) {
        plan->rule_n += rule_draw(plan, seed, &plan->rule[plan->rule_n]) ? 1 : 0;
    }
}

static void rule_print(struct amp_buf *xml, const struct rule *rule, int id)
{
    amp_buf_printf(xml, "<relation id='%d' version='1'><member type='way' ref='%d' role='from'/>",
                   id, rule->from + 1);
    for (int i = 0; i < rule->via_n; i++) {
        amp_buf_printf(xml, "<member type='way' ref='%d' role='via'/>", rule->via[i] + 1);
    }
    if (rule->via_n == 0) {
        amp_buf_printf(xml, "<member type='node' ref='%d' role='via'/>", rule->via_node + 1);
    }
    amp_buf_printf(xml,
                   "<member type='way' ref='%d' role='to'/><tag k='type' v='restriction'/>"
                   "<tag k='restriction' v='%s'/>%s</relation>\n",
                   rule->to + 1,
                   rule->only     ? "only_straight_on"
                   : rule->u_turn ? "no_u_turn"
                                  : "no_left_turn",
                   rule->spares_crews ? "<tag k='except' v='emergency'/>" : "");
}

static void plan_build(const struct plan *plan, uint64_t *seed, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 16);
    for (int n = 0; n < NODES; n++) {
        amp_buf_printf(&xml, "<node id='%d' version='1' lat='0.%04d' lon='0.%04d'/>\n", n + 1,
                       chance(seed, 100), chance(seed, 100));
    }
    for (int w = 0; w < WAYS; w++) {
        amp_buf_printf(&xml, "<way id='%d' version='1'>", w + 1);
        for (int i = 0; i < plan->way_n[w]; i++) {
            amp_buf_printf(&xml, "<nd ref='%d'/>", plan->way[w][i] + 1);
        }
        amp_buf_printf(&xml, "<tag k='highway' v='residential'/>%s</way>\n",
                       plan->oneway[w] ? "<tag k='oneway' v='yes'/>" : "");
    }
    for (int r = 0; r < plan->rule_n; r++) {
        rule_print(&xml, &plan->rule[r], r + 1);
    }
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

/* ---- the twin ---- */

struct drive { /* the last base arcs, the newest first; -1 beyond the start */
    int arc[MEMORY];
};

struct twin {
    const struct plan *plan;
    const struct amp_roads *roads;
    enum amp_profile profile;
};

static int way_of(const struct twin *tw, int arc)
{
    return (int)tw->roads->way[tw->roads->seg[arc >> 1].way].id - 1;
}

static int tail_of(const struct twin *tw, int arc)
{
    return (int)tw->roads->vertex_id[amp_base_tail(tw->roads, (uint32_t)arc)] - 1;
}

static int head_of(const struct twin *tw, int arc)
{
    return (int)tw->roads->vertex_id[amp_base_head(tw->roads, (uint32_t)arc)] - 1;
}

static bool arc_open(const struct twin *tw, int arc)
{
    return amp_base_run_ms(tw->roads, tw->profile, (uint32_t)arc) < AMP_ROAD_INF;
}

static bool way_leaves(const struct twin *tw, int way, int node)
{
    for (int arc = 0; arc < 2 * (int)tw->roads->seg_n; arc++) {
        if (way_of(tw, arc) == way && tail_of(tw, arc) == node && arc_open(tw, arc)) {
            return true;
        }
    }
    return false;
}

static bool over_via(const struct twin *tw, const struct rule *rule, int arc)
{
    for (int i = 0; i < rule->via_n; i++) {
        if (way_of(tw, arc) == rule->via[i]) {
            return true;
        }
    }
    return false;
}

/* The one chain of open arcs over the via ways from node `start` to the `to` way, if there is one:
 * its length, or 0. */
static int via_chain(const struct twin *tw, const struct rule *rule, int start, int chain[MEMORY])
{
    int reached[MEMORY * 4][MEMORY + 1]; /* [0] the node, then the arcs */
    int length[MEMORY * 4] = {0}, n = 1;
    reached[0][0] = start;
    for (int at = 0; at < n; at++) {
        if (length[at] > 0 && way_touches(tw->plan, rule->to, reached[at][0]) &&
            way_leaves(tw, rule->to, reached[at][0])) {
            memcpy(chain, &reached[at][1], (size_t)length[at] * sizeof(int));
            return length[at];
        }
        for (int arc = 0; arc < 2 * (int)tw->roads->seg_n; arc++) {
            bool seen = false;
            for (int i = 0; i < n; i++) {
                seen = seen || reached[i][0] == head_of(tw, arc);
            }
            if (!seen && arc_open(tw, arc) && over_via(tw, rule, arc) &&
                tail_of(tw, arc) == reached[at][0]) {
                memcpy(reached[n], reached[at], sizeof(reached[n]));
                reached[n][0] = head_of(tw, arc);
                reached[n][1 + length[at]] = arc;
                length[n] = length[at] + 1;
                n++;
            }
        }
    }
    return 0;
}

/* How many arcs of chain were driven since one of `from`: -1 if the drive is not on that way. */
static int on_chain(const struct twin *tw, const struct rule *rule, const struct drive *drive,
                    int chain[MEMORY], int *chain_n)
{
    for (int k = 0; k + 1 < MEMORY && drive->arc[k] >= 0; k++) {
        if (way_of(tw, drive->arc[k]) != rule->from) {
            continue;
        }
        int n = via_chain(tw, rule, head_of(tw, drive->arc[k]), chain);
        bool same = n >= k && n > 0;
        for (int i = 0; same && i < k; i++) {
            same = drive->arc[k - 1 - i] == chain[i];
        }
        if (same) {
            *chain_n = n;
            return k;
        }
    }
    return -1;
}

static bool rule_forbids(const struct twin *tw, const struct rule *rule, const struct drive *drive,
                         int next)
{
    int last = drive->arc[0];
    if (rule->via_n == 0) {
        bool here = way_of(tw, last) == rule->from && head_of(tw, last) == rule->via_node;
        if (!here || (rule->only && !way_leaves(tw, rule->to, rule->via_node))) {
            return false;
        }
        bool to = way_of(tw, next) == rule->to && (!rule->u_turn || next == (last ^ 1));
        if (rule->only && rule->from == rule->to) {
            return false;
        }
        return rule->only ? !to : to;
    }
    int chain[MEMORY], chain_n = 0;
    int done = on_chain(tw, rule, drive, chain, &chain_n);
    if (done < 0) {
        return false;
    }
    bool along = done < chain_n ? next == chain[done] : way_of(tw, next) == rule->to;
    if (rule->only) {
        return !along;
    }
    bool back = done > 0 && next == (last ^ 1);
    return (done == chain_n && along) || back;
}

static bool step_lawful(const struct twin *tw, const struct drive *drive, int next)
{
    for (int r = 0; r < tw->plan->rule_n; r++) {
        const struct rule *rule = &tw->plan->rule[r];
        bool binds = tw->profile != AMP_PROFILE_FOOT &&
                     !(rule->spares_crews && tw->profile != AMP_PROFILE_CAR);
        if (binds && rule_forbids(tw, rule, drive, next)) {
            return false;
        }
    }
    return true;
}

struct label {
    struct drive drive;
    uint32_t ms; /* at the head of drive.arc[0] */
    bool used, settled;
};

static struct label *label_of(struct label *table, const struct drive *drive)
{
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < MEMORY; i++) {
        hash = (hash ^ (uint64_t)(drive->arc[i] + 1)) * 1099511628211u;
    }
    size_t at = (size_t)(hash >> 20) % HASH;
    while (table[at].used && memcmp(&table[at].drive, drive, sizeof(*drive)) != 0) {
        at = (at + 1) % HASH;
    }
    if (!table[at].used) {
        table[at] = (struct label){.drive = *drive, .ms = AMP_ROAD_INF, .used = true};
    }
    return &table[at];
}

/* Labels in the order they were first reached; the cheapest one not settled, or NULL. */
struct queue {
    struct label **label;
    size_t n;
};

static struct label *queue_pop(struct queue *queue)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < queue->n; i++) {
        if (best == SIZE_MAX || queue->label[i]->ms < queue->label[best]->ms) {
            best = i;
        }
    }
    if (best == SIZE_MAX) {
        return NULL;
    }
    struct label *found = queue->label[best];
    queue->label[best] = queue->label[--queue->n];
    found->settled = true;
    return found;
}

static void reach(struct label *table, struct queue *queue, const struct drive *drive, uint32_t ms)
{
    struct label *label = label_of(table, drive);
    if (label->ms == AMP_ROAD_INF) {
        assert_true(queue->n < HASH / 2);
        queue->label[queue->n++] = label;
    }
    if (ms < label->ms) {
        assert_false(label->settled);
        label->ms = ms;
    }
}

/* The time between two snapped positions; AMP_ROAD_INF when there is no lawful way. */
static uint32_t twin_ms(const struct twin *tw, const struct amp_metric *metric,
                        const struct amp_snap end[2])
{
    uint32_t base = 0, best_ms = amp_direct_ms(metric, &end[0], &end[1], &base);
    struct label *table = calloc(HASH, sizeof(*table));
    struct queue queue = {calloc(HASH, sizeof(struct label *)), 0};
    assert_true(table != NULL && queue.label != NULL);
    for (int arc = 2 * (int)end[0].segment; arc < 2 * (int)end[0].segment + 2; arc++) {
        if (arc_open(tw, arc)) {
            struct drive drive = {{arc, -1, -1, -1, -1, -1}};
            uint32_t run = amp_base_run_ms(tw->roads, tw->profile, (uint32_t)arc);
            reach(table, &queue, &drive,
                  run - amp_base_part_ms(metric, (uint32_t)arc, end[0].share));
        }
    }
    struct label *at = queue_pop(&queue);
    while (at != NULL && at->ms < best_ms) {
        for (int arc = 0; arc < 2 * (int)tw->roads->seg_n; arc++) {
            if (tail_of(tw, arc) != head_of(tw, at->drive.arc[0]) || !arc_open(tw, arc) ||
                !step_lawful(tw, &at->drive, arc)) {
                continue;
            }
            if ((uint32_t)arc >> 1 == end[1].segment) {
                uint32_t ms = at->ms + amp_base_part_ms(metric, (uint32_t)arc, end[1].share);
                best_ms = ms < best_ms ? ms : best_ms;
            }
            struct drive drive = {{arc}};
            memcpy(&drive.arc[1], at->drive.arc, (MEMORY - 1) * sizeof(int));
            reach(table, &queue, &drive,
                  at->ms + amp_base_run_ms(tw->roads, tw->profile, (uint32_t)arc));
        }
        at = queue_pop(&queue);
    }
    free(table);
    free(queue.label);
    return best_ms;
}

/* ---- the comparison ---- */

/* Anywhere on a way that a restriction speaks of, or elsewhere. */
static struct amp_snap end_on(const struct twin *tw, int way, uint64_t *seed)
{
    uint32_t segment = 0;
    bool anywhere = chance(seed, 4) == 0;
    do {
        segment = (uint32_t)chance(seed, (int)tw->roads->seg_n);
    } while (!anywhere && way_of(tw, (int)(2 * segment)) != way);
    return (struct amp_snap){.segment = segment, .share = chance(seed, 5) / 4.0, .routable = true};
}

static unsigned pair_compare(const struct twin *tw, struct amp_fixture *fx, uint64_t *seed)
{
    const struct amp_metric *metric = fx->metric[tw->profile];
    const struct rule *rule = &tw->plan->rule[chance(seed, tw->plan->rule_n)];
    struct amp_snap end[2] = {end_on(tw, rule->from, seed), end_on(tw, rule->to, seed)};
    struct amp_road_path path;
    uint32_t slow_ms = AMP_ROAD_INF;
    amp_err slow = amp_roads_slow_time(metric, &end[0], &end[1], &slow_ms);
    amp_err err = amp_path_find(fx->query, metric, &end[0], &end[1], &fx->arena, &path);
    assert_int_equal(err, slow);
    assert_true(err == AMP_OK || err == AMP_E_NO_ROUTE);
    assert_true(err != AMP_OK || path.time_ms == slow_ms);
    uint32_t want_ms = twin_ms(tw, metric, end);
    if (want_ms != slow_ms) {
        print_error("%s: segment %u at %.2f to %u at %.2f took %u ms, not %u\n",
                    amp_profile_name(tw->profile), end[0].segment, end[0].share, end[1].segment,
                    end[1].share, slow_ms, want_ms);
        return 1;
    }
    return 0;
}

static void every_time_is_that_of_the_best_lawful_drive(void **state)
{
    (void)state;
    uint64_t seed = 20260723;
    unsigned wrong = 0;
    uint64_t in_force = 0;
    for (int m = 0; m < MAPS; m++) {
        struct plan plan;
        struct amp_fixture fx;
        plan_draw(&plan, &seed);
        plan_build(&plan, &seed, &fx);
        in_force += fx.counts.restrictions;
        for (int p = 0; p < PAIRS; p++) {
            struct twin tw = {&plan, fx.roads, (enum amp_profile)(p % AMP_PROFILE_COUNT)};
            unsigned bad = pair_compare(&tw, &fx, &seed);
            wrong += bad;
            if (bad) {
                print_error("on map %d\n", m);
            }
        }
        amp_fixture_free(&fx);
    }
    assert_int_equal(wrong, 0);
    assert_true(in_force > MAPS); /* else nothing was tried */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_time_is_that_of_the_best_lawful_drive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
