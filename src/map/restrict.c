/*
 * Turn restrictions: from relations of OSM to forbidden sequences of base arcs.
 *
 * Several via ways are driven in any order that joins up; several via nodes are as many crossings,
 * each with a restriction of its own.
 *
 * no_*: every way of driving from, via, to is forbidden as a whole, and so is turning round on the
 * via ways to drive it a moment later. only_*: whoever comes from
 * `from` must go on along `via` to `to`, so every departure from that is forbidden, turning round
 * included. Where a restriction can be read in two ways (its from or to way passes through the via
 * node), the stricter reading is taken. Source: OSM wiki Relation:restriction (read in 2026).
 */
#include "map/draft.h"
#include "map/dropped.h"

#include <stdio.h>
#include <string.h>

enum {
    ENDS_MAX = 256, /* base arcs of one role */
    VIA_NODES = 8
};

struct arcs {
    uint32_t arc[ENDS_MAX];
    uint32_t n;
};

struct restriction {
    bool only;
    bool u_turn;
    uint8_t mask;
    uint32_t cond;                  /* as in a rule */
    uint32_t via_vertex[VIA_NODES]; /* when it goes via no ways: each of them by itself */
    uint32_t via_vertex_n;
    uint32_t from[AMP_TURN_ARCS_MAX], to[AMP_TURN_ARCS_MAX], via[AMP_TURN_ARCS_MAX]; /* roads */
    uint32_t from_n, to_n, via_n;
};

/* Keys of a restriction, the more special later, and whom they bind. */
enum {
    FOR_AMBULANCE = 1 << AMP_PROFILE_AMBULANCE,
    FOR_CAR = 1 << AMP_PROFILE_CAR,
    FOR_FIRE = 1 << AMP_PROFILE_FIRE,
    FOR_MOTORCYCLE = 1 << AMP_PROFILE_MOTORCYCLE,
    FOR_RESCUE = 1 << AMP_PROFILE_RESCUE,
    FOR_CREWS = FOR_AMBULANCE | FOR_FIRE | FOR_MOTORCYCLE | FOR_RESCUE,
    FOR_ALL = FOR_CREWS | FOR_CAR /* nobody forbids a turn to people on foot */
};
struct key_row {
    const char *key;
    uint8_t mask;
};
static const struct key_row key_table[] = {
    {"restriction", FOR_ALL},
    {"restriction:motor_vehicle", FOR_ALL},
    {"restriction:vehicle", FOR_ALL},
    {"restriction:motorcar", FOR_ALL & ~FOR_MOTORCYCLE},
    {"restriction:motorcycle", FOR_MOTORCYCLE},
    {"restriction:hgv", FOR_FIRE}, /* a lorry cannot turn there: nor can an engine */
    {"restriction:emergency", FOR_CREWS},
};
enum {
    KEYS = sizeof(key_table) / sizeof(key_table[0]),
    KEY_TEXT = 48
};

struct restrict_keys {
    uint32_t type, except;
    uint32_t plain[KEYS], conditional[KEYS];
};

enum verdict {
    NOT_OURS,
    UNKNOWN,
    DROPPED,
    IN_FORCE
};

static const char *const restriction_word[] = {
    "no_left_turn", "no_right_turn",  "no_straight_on",  "no_u_turn",        "no_entry",
    "no_exit",      "only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn",
};

static bool word_known(const char *word)
{
    for (size_t i = 0; i < sizeof(restriction_word) / sizeof(restriction_word[0]); i++) {
        if (strcmp(word, restriction_word[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whom the restriction binds, without those that `except` frees. */
static uint8_t mask_without(const char *except, uint8_t mask)
{
    struct amp_str rest = amp_str_of(except);
    while (rest.len > 0) {
        struct amp_str word = {NULL, 0};
        rest = amp_str_cut(rest, ';', &word);
        word = amp_str_trim(word);
        if (amp_str_is(word, "emergency")) {
            mask = (uint8_t)(mask & ~FOR_CREWS);
        } else if (amp_str_is(word, "motor_vehicle") || amp_str_is(word, "vehicle")) {
            mask = 0;
        } else if (amp_str_is(word, "motorcar")) {
            mask = (uint8_t)(mask & FOR_MOTORCYCLE);
        } else if (amp_str_is(word, "motorcycle")) {
            mask = (uint8_t)(mask & ~FOR_MOTORCYCLE);
        }
    }
    return mask;
}

/* The condition of a restriction as it will lie in the file; 0 when it has to hold always. */
static uint32_t cond_put(struct amp_road_draft *draft, const struct amp_condition *condition)
{
    draft->meta.conditions += condition->understood ? 1 : 0;
    draft->meta.conditions_unread += condition->understood ? 0 : 1;
    if (!condition->understood) {
        return 0;
    }
    struct amp_road_turn_cond cond = {
        .hour_first = (uint32_t)(draft->hour.len / sizeof(struct amp_hours_row)),
        .hour_n = condition->row_n,
        .test = condition->test};
    amp_buf_put(&draft->hour, condition->row, condition->row_n * sizeof(condition->row[0]));
    amp_buf_put(&draft->turn_cond, &cond, sizeof(cond));
    return (uint32_t)(draft->turn_cond.len / sizeof(cond));
}

/* The word of `no_left_turn @ (Mo-Fr 07:00-09:00)`, and its condition. */
static bool conditional_read(struct amp_road_draft *draft, const char *text, char word[KEY_TEXT],
                             uint32_t *cond)
{
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    size_t n = amp_clauses_read(text, clause);
    if (n == 0 || amp_str_copy(word, KEY_TEXT, clause[0].value) != AMP_OK || !word_known(word)) {
        return false;
    }
    if (n > 1) { /* several that differ by the hour: the first, always */
        clause[0].condition.understood = false;
    }
    *cond = cond_put(draft, &clause[0].condition);
    return true;
}

static enum verdict kind_read(struct amp_road_draft *draft, uint32_t rel,
                              const struct restrict_keys *key, struct restriction *out)
{
    const struct amp_osm *osm = draft->osm;
    const char *type = amp_osm_rel_value(osm, rel, key->type);
    char word[KEY_TEXT] = "";
    if (type == NULL || strcmp(type, "restriction") != 0) {
        return NOT_OURS;
    }
    for (size_t i = 0; i < KEYS && word[0] == '\0'; i++) {
        const char *plain = amp_osm_rel_value(osm, rel, key->plain[i]);
        const char *conditional = amp_osm_rel_value(osm, rel, key->conditional[i]);
        out->mask = key_table[i].mask;
        if (plain != NULL && word_known(plain)) {
            (void)snprintf(word, sizeof(word), "%s", plain);
        } else if (plain == NULL && conditional != NULL &&
                   !conditional_read(draft, conditional, word, &out->cond)) {
            word[0] = '\0';
        }
    }
    if (word[0] == '\0') {
        return UNKNOWN; /* for buses or bicycles only, or of a kind nobody knows */
    }
    out->mask = mask_without(amp_osm_rel_value(osm, rel, key->except), out->mask);
    out->only = strncmp(word, "only_", 5) == 0;
    out->u_turn = strstr(word, "u_turn") != NULL;
    return out->mask == 0 ? DROPPED : IN_FORCE;
}

static bool road_put(const struct amp_road_draft *draft, const struct amp_osm_member *member,
                     uint32_t *list, uint32_t *n)
{
    if (member->kind != AMP_OSM_WAY || member->index == AMP_OSM_ABSENT ||
        draft->road_of[member->index] == AMP_ROAD_NONE || *n == AMP_TURN_ARCS_MAX) {
        return false;
    }
    list[(*n)++] = draft->road_of[member->index];
    return true;
}

static bool members_read(const struct amp_road_draft *draft, uint32_t rel, struct restriction *out)
{
    const struct amp_osm *osm = draft->osm;
    for (uint32_t i = osm->rel_member_first[rel]; i < osm->rel_member_first[rel + 1]; i++) {
        const struct amp_osm_member *member = &osm->rel_member[i];
        const char *role = amp_osm_text(osm, member->role);
        bool good = true;
        if (strcmp(role, "from") == 0) { /* who cannot come from there need not be forbidden it */
            (void)road_put(draft, member, out->from, &out->from_n);
        } else if (strcmp(role, "to") == 0) { /* nor going there; but only_* may mean just that */
            good = road_put(draft, member, out->to, &out->to_n) || !out->only;
        } else if (strcmp(role, "via") == 0 && member->kind == AMP_OSM_WAY) {
            good = road_put(draft, member, out->via, &out->via_n);
        } else if (strcmp(role, "via") == 0) {
            good = member->kind == AMP_OSM_NODE && member->index != AMP_OSM_ABSENT &&
                   out->via_vertex_n < VIA_NODES;
            if (good) {
                out->via_vertex[out->via_vertex_n++] = draft->vertex_of[member->index];
            }
        }
        if (!good) {
            return false;
        }
    }
    /* nodes beside via ways lie upon them and say nothing more */
    return (out->via_n > 0 || out->via_vertex_n > 0) && out->from_n > 0 && out->to_n > 0;
}

/* Base arcs of a road that leave vertex (or, with `arriving`, end there). */
static void arcs_at(const struct amp_road_draft *draft, uint32_t road, uint32_t vertex,
                    bool arriving, struct arcs *out)
{
    for (uint32_t seg = draft->way_seg[road]; seg < draft->way_seg[road + 1]; seg++) {
        for (uint32_t base = 2 * seg; base < 2 * seg + 2; base++) {
            uint32_t end = arriving ? amp_draft_head(draft, base) : amp_draft_tail(draft, base);
            if (end == vertex && out->n < ENDS_MAX && amp_draft_lawful(draft, base)) {
                out->arc[out->n++] = base;
            }
        }
    }
}

static void arcs_of_all(const struct amp_road_draft *draft, const uint32_t *road, uint32_t n,
                        uint32_t vertex, struct arcs *out)
{
    for (uint32_t i = 0; i < n; i++) {
        arcs_at(draft, road[i], vertex, false, out);
    }
}

static bool arcs_have(const struct arcs *arcs, uint32_t base)
{
    for (uint32_t i = 0; i < arcs->n; i++) {
        if (arcs->arc[i] == base) {
            return true;
        }
    }
    return false;
}

/* Forbid path[0..n) followed by last. */
static void rule_put(struct amp_road_draft *draft, const struct restriction *rst,
                     const uint32_t *path, uint32_t n, uint32_t last)
{
    struct amp_turn_rule rule = {.arc_first = (uint32_t)(draft->rule_arc.len / sizeof(uint32_t)),
                                 .arc_n = n + 1,
                                 .mask = rst->mask,
                                 .cond = rst->cond};
    amp_buf_put(&draft->rule_arc, path, n * sizeof(uint32_t));
    amp_buf_put(&draft->rule_arc, &last, sizeof(last));
    amp_buf_put(&draft->rule, &rule, sizeof(rule));
}

/* After path[0..n), forbid every departure that is not in `wanted`. */
static void rules_but(struct amp_road_draft *draft, const struct restriction *rst,
                      const uint32_t *path, uint32_t n, const struct arcs *wanted)
{
    uint32_t vertex = amp_draft_head(draft, path[n - 1]);
    for (uint32_t i = draft->out_first[vertex]; i < draft->out_first[vertex + 1]; i++) {
        if (!arcs_have(wanted, draft->out_arc[i])) {
            rule_put(draft, rst, path, n, draft->out_arc[i]);
        }
    }
}

/* With the same way as from and to, only a u-turn means going back on the same segment. */
static bool pair_meant(const struct amp_road_draft *draft, const struct restriction *rst,
                       uint32_t from, uint32_t to)
{
    const struct amp_road_seg *seg = amp_draft_seg(draft);
    if (seg[from >> 1].way != seg[to >> 1].way) {
        return true;
    }
    return rst->u_turn == (from >> 1 == to >> 1);
}

static bool via_node_put(struct amp_road_draft *draft, const struct restriction *rst,
                         uint32_t vertex)
{
    struct arcs to = {.n = 0};
    if (vertex == AMP_ROAD_NONE) {
        return false; /* no road meets another there */
    }
    arcs_of_all(draft, rst->to, rst->to_n, vertex, &to);
    bool any = false;
    for (uint32_t i = 0; i < rst->from_n; i++) {
        struct arcs from = {.n = 0};
        arcs_at(draft, rst->from[i], vertex, true, &from);
        for (uint32_t f = 0; f < from.n; f++) {
            struct arcs meant = {.n = 0};
            for (uint32_t t = 0; t < to.n; t++) {
                if (pair_meant(draft, rst, from.arc[f], to.arc[t])) {
                    meant.arc[meant.n++] = to.arc[t];
                }
            }
            any = any || meant.n > 0;
            for (uint32_t t = 0; !rst->only && t < meant.n; t++) {
                rule_put(draft, rst, &from.arc[f], 1, meant.arc[t]);
            }
            if (rst->only && meant.n > 0) {
                rules_but(draft, rst, &from.arc[f], 1, &meant);
            }
        }
    }
    return any;
}

static bool via_nodes_put(struct amp_road_draft *draft, const struct restriction *rst)
{
    bool any = false;
    for (uint32_t i = 0; i < rst->via_vertex_n; i++) {
        any = via_node_put(draft, rst, rst->via_vertex[i]) || any;
    }
    return any;
}

/* ---- via ways ---- */

/* Breadth-first over the base arcs of the via ways. */
struct via_walk {
    const struct amp_road_draft *draft;
    const struct restriction *rst;
    uint32_t vertex[ENDS_MAX]; /* reached, in order; [0] is where it starts */
    uint32_t by[ENDS_MAX];     /* the base arc by which it was reached */
    uint32_t parent[ENDS_MAX];
    uint32_t n;
};

static bool walk_has(const struct via_walk *walk, uint32_t vertex)
{
    for (uint32_t i = 0; i < walk->n; i++) {
        if (walk->vertex[i] == vertex) {
            return true;
        }
    }
    return false;
}

static void walk_from(struct via_walk *walk, uint32_t start)
{
    walk->n = 1;
    walk->vertex[0] = start;
    walk->by[0] = walk->parent[0] = AMP_ROAD_NONE;
    for (uint32_t i = 0; i < walk->n; i++) {
        struct arcs next = {.n = 0};
        arcs_of_all(walk->draft, walk->rst->via, walk->rst->via_n, walk->vertex[i], &next);
        for (uint32_t k = 0; k < next.n && walk->n < ENDS_MAX; k++) {
            uint32_t head = amp_draft_head(walk->draft, next.arc[k]);
            if (!walk_has(walk, head)) {
                walk->vertex[walk->n] = head;
                walk->by[walk->n] = next.arc[k];
                walk->parent[walk->n++] = i;
            }
        }
    }
}

/* from, then the via arcs up to walk->vertex[at]; 0 if that is too long. */
static uint32_t walk_path(const struct via_walk *walk, uint32_t at, uint32_t from,
                          uint32_t path[AMP_TURN_ARCS_MAX])
{
    uint32_t n = 1;
    for (uint32_t i = at; walk->parent[i] != AMP_ROAD_NONE; i = walk->parent[i]) {
        n++;
    }
    if (n >= AMP_TURN_ARCS_MAX) {
        return 0;
    }
    path[0] = from;
    uint32_t back = n;
    for (uint32_t i = at; walk->parent[i] != AMP_ROAD_NONE; i = walk->parent[i]) {
        path[--back] = walk->by[i];
    }
    return n;
}

static bool via_path_put(struct amp_road_draft *draft, const struct restriction *rst,
                         const uint32_t *path, uint32_t n, const struct arcs *to)
{
    for (uint32_t t = 0; !rst->only && t < to->n; t++) {
        rule_put(draft, rst, path, n, to->arc[t]);
    }
    for (uint32_t i = 2; !rst->only && i <= n; i++) { /* nor by turning round on the way there */
        rule_put(draft, rst, path, i, path[i - 1] ^ 1);
    }
    if (rst->only) {
        for (uint32_t i = 1; i < n; i++) {
            struct arcs wanted = {.arc = {path[i]}, .n = 1};
            rules_but(draft, rst, path, i, &wanted);
        }
        rules_but(draft, rst, path, n, to);
    }
    return true;
}

/* All ways over the via ways for those who arrive by one base arc. */
static bool via_from_put(struct amp_road_draft *draft, const struct restriction *rst,
                         struct via_walk *walk, uint32_t from)
{
    bool any = false;
    walk_from(walk, amp_draft_head(draft, from));
    for (uint32_t at = 1; at < walk->n; at++) {
        struct arcs to = {.n = 0};
        uint32_t path[AMP_TURN_ARCS_MAX];
        arcs_of_all(draft, rst->to, rst->to_n, walk->vertex[at], &to);
        uint32_t n = to.n == 0 ? 0 : walk_path(walk, at, from, path);
        any = (n > 0 && via_path_put(draft, rst, path, n, &to)) || any;
    }
    return any;
}

static bool via_ways_put(struct amp_road_draft *draft, const struct restriction *rst)
{
    struct via_walk walk = {.draft = draft, .rst = rst};
    bool any = false;
    for (uint32_t i = 0; i < rst->from_n; i++) {
        for (uint32_t base = 2 * draft->way_seg[rst->from[i]];
             base < 2 * draft->way_seg[rst->from[i] + 1]; base++) {
            any = (amp_draft_lawful(draft, base) && via_from_put(draft, rst, &walk, base)) || any;
        }
    }
    return any;
}

static const char *dropped_reason(enum verdict verdict, bool whole)
{
    if (verdict == UNKNOWN) {
        return "restriction: of a kind nobody knows, or for other vehicles only";
    }
    if (verdict == DROPPED) {
        return "restriction: all whom it could bind are excepted";
    }
    return whole ? "restriction: nobody could obey or break it"
                 : "restriction: no road of the map in one of its roles";
}

amp_err amp_draft_restrictions(struct amp_road_draft *draft, struct amp_why *why)
{
    const struct amp_osm *osm = draft->osm;
    struct restrict_keys key = {.type = amp_osm_find_text(osm, "type"),
                                .except = amp_osm_find_text(osm, "except")};
    for (size_t i = 0; i < KEYS; i++) {
        char conditional[KEY_TEXT];
        (void)snprintf(conditional, sizeof(conditional), "%s:conditional", key_table[i].key);
        key.plain[i] = amp_osm_find_text(osm, key_table[i].key);
        key.conditional[i] = amp_osm_find_text(osm, conditional);
    }
    for (uint32_t rel = 0; rel < osm->rel_n; rel++) {
        struct restriction rst = {.only = false};
        enum verdict verdict = kind_read(draft, rel, &key, &rst);
        if (verdict == NOT_OURS) {
            continue;
        }
        bool whole = verdict == IN_FORCE && members_read(draft, rel, &rst);
        bool kept =
            whole && (rst.via_n > 0 ? via_ways_put(draft, &rst) : via_nodes_put(draft, &rst));
        if (!kept) {
            amp_dropped_add(osm->dropped, dropped_reason(verdict, whole), AMP_OSM_RELATION,
                            osm->rel_id[rel], 1);
        }
        draft->meta.restrictions += kept ? 1 : 0;
        draft->meta.restrictions_dropped += kept ? 0 : 1;
        if (draft->rule.len / sizeof(struct amp_turn_rule) > AMP_TURN_RULES_MAX) {
            return amp_fail(why, AMP_E_LIMIT, "the map forbids more than %d turns",
                            AMP_TURN_RULES_MAX);
        }
    }
    if (amp_buf_err(&draft->rule) || amp_buf_err(&draft->rule_arc) || amp_buf_err(&draft->hour) ||
        amp_buf_err(&draft->turn_cond)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for the turn restrictions");
    }
    return AMP_OK;
}
