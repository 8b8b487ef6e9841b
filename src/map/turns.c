/*
 * From forbidden sequences to a graph in which every path is lawful.
 *
 * The proper prefixes of the forbidden sequences form a trie; with failure links it is the
 * automaton of Aho and Corasick (CACM 18(6), 1975) over base arcs. A node of the graph is a vertex
 * with a state of that automaton whose last base arc ends there; driving a base arc moves the state
 * on, and where that would complete a sequence the arc is closed to the profiles it binds.
 * Overlapping restrictions need nothing special: a state knows all of its suffixes.
 */
#include "map/draft.h"

#include <stdlib.h>

struct state {
    uint32_t base; /* last base arc of the prefix */
    uint32_t parent;
    uint32_t child; /* first child, or AMP_ROAD_NONE */
    uint32_t sibling;
    uint32_t fail; /* longest proper suffix that is a state */
    uint32_t depth;
    uint32_t node;  /* AMP_ROAD_NONE when no sequence goes on from here */
    uint32_t times; /* 1 + the first of those that end here; 0: none */
    uint8_t mask;   /* profiles for which a sequence ends here */
};

/* A sequence that ends in a state and is forbidden at times only. */
struct at_times {
    uint32_t cond; /* of the rule */
    uint32_t next; /* 1 + the next of the same state; 0: none */
    uint8_t mask;
};

struct automaton {
    struct amp_buf buf;   /* struct state; [0] is the root */
    struct amp_buf times; /* struct at_times */
    uint32_t *top;        /* child of the root by base arc */
    uint32_t state_n;
};

static struct state *states(const struct automaton *am)
{
    return (struct state *)(void *)am->buf.data;
}

static uint32_t child_find(const struct automaton *am, uint32_t at, uint32_t base)
{
    if (at == 0) {
        return am->top[base];
    }
    const struct state *state = states(am);
    uint32_t child = state[at].child;
    while (child != AMP_ROAD_NONE && state[child].base != base) {
        child = state[child].sibling;
    }
    return child;
}

static uint32_t child_add(struct automaton *am, uint32_t at, uint32_t base)
{
    uint32_t child = child_find(am, at, base);
    if (child != AMP_ROAD_NONE) {
        return child;
    }
    child = am->state_n;
    struct state fresh = {.base = base,
                          .parent = at,
                          .child = AMP_ROAD_NONE,
                          .sibling = states(am)[at].child,
                          .depth = states(am)[at].depth + 1,
                          .node = AMP_ROAD_NONE};
    amp_buf_put(&am->buf, &fresh, sizeof(fresh));
    if (amp_buf_err(&am->buf)) {
        return AMP_ROAD_NONE;
    }
    am->state_n++;
    states(am)[at].child = child;
    if (at == 0) {
        am->top[base] = child;
    }
    return child;
}

static amp_err trie_fill(const struct amp_road_draft *draft, struct automaton *am)
{
    const struct amp_turn_rule *rule = (const struct amp_turn_rule *)(const void *)draft->rule.data;
    const uint32_t *arc = (const uint32_t *)(const void *)draft->rule_arc.data;
    size_t rule_n = draft->rule.len / sizeof(*rule);
    struct state root = {.base = AMP_ROAD_NONE, .child = AMP_ROAD_NONE, .node = AMP_ROAD_NONE};
    amp_buf_put(&am->buf, &root, sizeof(root));
    am->state_n = 1;
    for (size_t i = 0; i < 2 * (size_t)draft->seg_n; i++) {
        am->top[i] = AMP_ROAD_NONE;
    }
    for (size_t i = 0; i < rule_n && amp_buf_err(&am->buf) == AMP_OK; i++) {
        uint32_t at = 0;
        for (uint32_t k = 0; k < rule[i].arc_n && at != AMP_ROAD_NONE; k++) {
            at = child_add(am, at, arc[rule[i].arc_first + k]);
        }
        if (at != AMP_ROAD_NONE && rule[i].cond == 0) {
            states(am)[at].mask |= rule[i].mask;
        } else if (at != AMP_ROAD_NONE) {
            struct at_times one = {rule[i].cond, states(am)[at].times, rule[i].mask};
            amp_buf_put(&am->times, &one, sizeof(one));
            states(am)[at].times = (uint32_t)(am->times.len / sizeof(one));
        }
    }
    return amp_buf_err(&am->buf) ? amp_buf_err(&am->buf) : amp_buf_err(&am->times);
}

/* A state's failure link needs those of all shorter states: go by depth. */
static void fails_make(struct automaton *am)
{
    struct state *state = states(am);
    for (uint32_t depth = 2, more = 1; more > 0; depth++) {
        more = 0;
        for (uint32_t s = 1; s < am->state_n; s++) {
            if (state[s].depth != depth) {
                continue;
            }
            more++;
            uint32_t at = state[s].parent;
            uint32_t found = AMP_ROAD_NONE;
            do {
                at = state[at].fail;
                found = child_find(am, at, state[s].base);
            } while (found == AMP_ROAD_NONE && at != 0);
            state[s].fail = found == AMP_ROAD_NONE ? 0 : found;
        }
    }
}

/* What driving a base arc in a state leads to. */
struct stepped {
    uint32_t node;
    uint8_t forbidden;
};

static struct stepped state_step(const struct amp_road_draft *draft, const struct automaton *am,
                                 uint32_t at, uint32_t base)
{
    const struct state *state = states(am);
    struct stepped out = {AMP_ROAD_NONE, 0};
    for (;;) {
        uint32_t child = child_find(am, at, base);
        if (child != AMP_ROAD_NONE) {
            out.forbidden |= state[child].mask;
            out.node = out.node == AMP_ROAD_NONE ? state[child].node : out.node;
        }
        if (at == 0) {
            break;
        }
        at = state[at].fail;
    }
    out.node = out.node == AMP_ROAD_NONE ? amp_draft_head(draft, base) : out.node;
    return out;
}

/* The conditions under which the arc from `node` over `base` is forbidden to some of `mask`. */
static uint8_t times_put(struct amp_road_draft *draft, const struct automaton *am, uint32_t at,
                         const struct amp_road_turn_cond *where, uint32_t base)
{
    const struct amp_road_turn_cond *cond =
        (const struct amp_road_turn_cond *)(const void *)draft->turn_cond.data;
    const struct at_times *times = (const struct at_times *)(const void *)am->times.data;
    uint8_t bound = 0;
    for (;;) {
        uint32_t child = child_find(am, at, base);
        uint32_t next = child == AMP_ROAD_NONE ? 0 : states(am)[child].times;
        for (; next != 0; next = times[next - 1].next) {
            struct amp_road_turn_cond one = cond[times[next - 1].cond - 1];
            one.arc = where->arc;
            one.mask = times[next - 1].mask & where->mask;
            bound |= one.mask;
            if (one.mask != 0) {
                amp_buf_put(&draft->turn, &one, sizeof(one));
            }
        }
        if (at == 0) {
            return bound;
        }
        at = states(am)[at].fail;
    }
}

/* Number the states that a sequence goes on from: they become nodes after the plain ones. */
static uint32_t nodes_number(const struct amp_road_draft *draft, struct automaton *am)
{
    uint32_t node_n = draft->vertex_n;
    for (uint32_t s = 1; s < am->state_n; s++) {
        if (states(am)[s].child != AMP_ROAD_NONE) {
            states(am)[s].node = node_n++;
        }
    }
    return node_n;
}

static amp_err arrays_make(struct amp_road_draft *draft, uint32_t **out_state_of)
{
    size_t n = draft->node_n;
    size_t arc_n = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t vertex = draft->node_vertex[i];
        arc_n += draft->out_first[vertex + 1] - draft->out_first[vertex];
    }
    if (arc_n >= AMP_ROAD_INF) {
        return AMP_E_LIMIT;
    }
    draft->arc_first = amp_arena_array(&draft->arena, n + 1, sizeof(uint32_t));
    draft->arc_head = amp_arena_array(&draft->arena, arc_n + 1, sizeof(uint32_t));
    draft->arc_base = amp_arena_array(&draft->arena, arc_n + 1, sizeof(uint32_t));
    draft->arc_mask = amp_arena_array(&draft->arena, arc_n + 1, 1);
    draft->root = amp_arena_array(&draft->arena, (size_t)draft->vertex_n + 1, sizeof(uint32_t));
    *out_state_of = amp_arena_array(&draft->arena, n + 1, sizeof(uint32_t));
    return amp_arena_failed(&draft->arena) ? AMP_E_NOMEM : AMP_OK;
}

static void arcs_make(struct amp_road_draft *draft, const struct automaton *am,
                      const uint32_t *state_of)
{
    uint32_t arc = 0;
    for (uint32_t node = 0; node < draft->node_n; node++) {
        uint32_t vertex = draft->node_vertex[node];
        draft->arc_first[node] = arc;
        for (uint32_t i = draft->out_first[vertex]; i < draft->out_first[vertex + 1]; i++) {
            uint32_t base = draft->out_arc[i];
            struct stepped step = state_step(draft, am, state_of[node], base);
            uint8_t mask = (uint8_t)(amp_draft_mask(draft, base) & ~step.forbidden);
            if (mask != 0) {
                struct amp_road_turn_cond where = {.arc = arc, .mask = mask};
                uint8_t bound = times_put(draft, am, state_of[node], &where, base);
                draft->arc_head[arc] = step.node;
                draft->arc_base[arc] = base;
                draft->arc_mask[arc++] = (uint8_t)(mask & ~bound);
            }
        }
    }
    draft->arc_first[draft->node_n] = arc;
    draft->arc_n = arc;
}

static amp_err graph_make(struct amp_road_draft *draft, struct automaton *am)
{
    fails_make(am);
    draft->node_n = nodes_number(draft, am);
    draft->node_vertex =
        amp_arena_array(&draft->arena, (size_t)draft->node_n + 1, sizeof(uint32_t));
    if (draft->node_vertex == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < draft->vertex_n; v++) {
        draft->node_vertex[v] = v;
    }
    const struct state *state = states(am);
    for (uint32_t s = 1; s < am->state_n; s++) {
        if (state[s].node != AMP_ROAD_NONE) {
            draft->node_vertex[state[s].node] = amp_draft_head(draft, state[s].base);
        }
    }
    uint32_t *state_of = NULL;
    amp_err err = arrays_make(draft, &state_of);
    if (err) {
        return err;
    }
    for (uint32_t v = 0; v < draft->vertex_n; v++) {
        draft->root[v] = v;
    }
    for (uint32_t s = 1; s < am->state_n; s++) {
        if (state[s].node != AMP_ROAD_NONE) {
            state_of[state[s].node] = s;
        }
    }
    arcs_make(draft, am, state_of);
    return amp_buf_err(&draft->turn);
}

static int turn_compare(const void *a, const void *b)
{
    const struct amp_road_turn_cond *x = a;
    const struct amp_road_turn_cond *y = b;
    return (x->arc > y->arc) - (x->arc < y->arc);
}

amp_err amp_draft_turns_rank(struct amp_road_draft *draft, const uint32_t *rank)
{
    struct amp_road_turn_cond *turn = (struct amp_road_turn_cond *)(void *)draft->turn.data;
    size_t turn_n = draft->turn.len / sizeof(*turn);
    if (turn_n == 0) {
        return AMP_OK;
    }
    uint32_t *moved = amp_arena_array(&draft->arena, (size_t)draft->arc_n + 1, sizeof(uint32_t));
    uint32_t *first = amp_arena_array(&draft->arena, (size_t)draft->node_n + 1, sizeof(uint32_t));
    if (moved == NULL || first == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < draft->node_n; v++) { /* degrees by rank, then where each begins */
        first[rank[v] + 1] = draft->arc_first[v + 1] - draft->arc_first[v];
    }
    for (uint32_t r = 0; r < draft->node_n; r++) {
        first[r + 1] += first[r];
    }
    for (uint32_t v = 0; v < draft->node_n; v++) {
        for (uint32_t a = draft->arc_first[v]; a < draft->arc_first[v + 1]; a++) {
            moved[a] = first[rank[v]] + a - draft->arc_first[v];
        }
    }
    for (size_t i = 0; i < turn_n; i++) {
        turn[i].arc = moved[turn[i].arc];
    }
    qsort(turn, turn_n, sizeof(*turn), turn_compare);
    return AMP_OK;
}

amp_err amp_draft_turns(struct amp_road_draft *draft, struct amp_why *why)
{
    struct automaton am = {.buf = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30),
                           .times = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30)};
    am.top = amp_arena_array(&draft->arena, 2 * (size_t)draft->seg_n + 1, sizeof(uint32_t));
    amp_err err = am.top == NULL ? AMP_E_NOMEM : trie_fill(draft, &am);
    if (!err) {
        err = graph_make(draft, &am);
    }
    amp_buf_free(&am.buf);
    amp_buf_free(&am.times);
    return err ? amp_fail(why, err, "not enough memory for the road graph") : AMP_OK;
}
