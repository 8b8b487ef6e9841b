/* Maximum flow with unit nodes, by levels and blocking flows; no recursion, no arc is stored. */
#include "map/flow.h"

#include <assert.h>
#include <string.h>

#define NO_FLOW   UINT32_MAX       /* the node is not passed */
#define OUTSIDE   (UINT32_MAX - 1) /* the flow begins or ends here */
#define NO_STATE  UINT32_MAX
#define END_STATE (UINT32_MAX - 1) /* past a target */
#define NO_LEVEL  UINT32_MAX

amp_err amp_flow_init(struct amp_flow *flow, uint32_t n_max, struct amp_arena *arena)
{
    size_t n = (size_t)n_max + 1, word = sizeof(uint32_t);
    *flow = (struct amp_flow){.from = amp_arena_array(arena, n, word),
                              .to = amp_arena_array(arena, n, word),
                              .level = amp_arena_array(arena, 2 * n, word),
                              .cursor = amp_arena_array(arena, 2 * n, word),
                              .queue = amp_arena_array(arena, 2 * n, word)};
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* The k-th state that can follow; NO_STATE when there is none left. What may be passed again by
 * undoing flow is listed too. */
static uint32_t move(const struct amp_flow *flow, uint32_t state, uint32_t k)
{
    uint32_t node = state >> 1;
    bool used = flow->from[node] != NO_FLOW;
    if (!(state & 1)) {
        if (k > 0) {
            return NO_STATE;
        }
        if (!used) {
            return state | 1;
        }
        return flow->from[node] == OUTSIDE ? NO_STATE : 2 * flow->from[node] + 1;
    }
    if (flow->end[node] == AMP_FLOW_TARGET) {
        return k == 0 ? END_STATE : NO_STATE; /* nothing is nearer to the end */
    }
    uint32_t degree = flow->first[node + 1] - flow->first[node];
    if (k < degree) {
        return 2 * flow->head[flow->first[node] + k];
    }
    return k == degree && used ? state & ~UINT32_C(1) : NO_STATE;
}

/* Does a way out of the sources begin here, or does it never need to: all neighbours are sources?
 */
static bool source_leads_out(const struct amp_flow *flow, uint32_t v)
{
    for (uint32_t k = flow->first[v]; k < flow->first[v + 1]; k++) {
        if (flow->end[flow->head[k]] != AMP_FLOW_SOURCE) {
            return true;
        }
    }
    return false;
}

static void state_find(struct amp_flow *flow, uint32_t state, uint32_t level, uint32_t *n)
{
    if (flow->level[state] == NO_LEVEL) {
        flow->level[state] = level;
        flow->queue[(*n)++] = state;
    }
}

/* Levels of the states by distance from the sources; whether a target can be left. */
static bool levels_set(struct amp_flow *flow)
{
    uint32_t n = 0;
    memset(flow->level, 0xff, 2 * (size_t)flow->n * sizeof(uint32_t)); /* NO_LEVEL */
    for (uint32_t v = 0; v < flow->n; v++) {
        if (flow->end[v] == AMP_FLOW_SOURCE && source_leads_out(flow, v)) {
            state_find(flow, 2 * v, 0, &n);
        }
    }
    for (uint32_t i = 0, last = NO_LEVEL; i < n; i++) {
        uint32_t state = flow->queue[i], node = state >> 1, next = flow->level[state] + 1;
        if (next > last) {
            return true;
        }
        if (!(state & 1)) {
            uint32_t only = move(flow, state, 0);
            if (only != NO_STATE) {
                state_find(flow, only, next, &n);
            }
        } else if (flow->end[node] == AMP_FLOW_TARGET) {
            last = next;
        } else {
            for (uint32_t k = flow->first[node]; k < flow->first[node + 1]; k++) {
                if (flow->end[flow->head[k]] != AMP_FLOW_SOURCE) { /* one would begin there */
                    state_find(flow, 2 * flow->head[k], next, &n);
                }
            }
            if (flow->from[node] != NO_FLOW) {
                state_find(flow, state & ~UINT32_C(1), next, &n);
            }
        }
        if (i + 1 == n && last != NO_LEVEL) {
            return true;
        }
    }
    return false;
}

/* Send one unit along the n states on path, the first of which enters a source. */
static void path_apply(struct amp_flow *flow, const uint32_t *path, uint32_t n)
{
    flow->from[path[0] >> 1] = OUTSIDE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t node = path[i] >> 1;
        uint32_t next = i + 1 < n ? path[i + 1] : END_STATE;
        if (!(path[i] & 1)) {
            continue; /* into its own leaving, or undoing what came in: the next one tells */
        }
        if (next == END_STATE) {
            flow->to[node] = OUTSIDE;
        } else if (next >> 1 == node) {
            flow->from[node] = flow->to[node] = NO_FLOW;
        } else {
            flow->to[node] = next >> 1;
            flow->from[next >> 1] = node;
        }
    }
}

/* One way from an unused source to the end along ascending levels. The path is kept in the queue,
 * which is free by now. */
static bool path_send(struct amp_flow *flow, uint32_t source)
{
    uint32_t *path = flow->queue;
    uint32_t n = 0;
    path[n++] = 2 * source;
    while (n > 0) {
        uint32_t state = path[n - 1];
        uint32_t next = move(flow, state, flow->cursor[state]);
        if (next == END_STATE) {
            for (uint32_t i = 0; i < n; i++) {
                flow->level[path[i]] = NO_LEVEL; /* used up in this phase */
            }
            path_apply(flow, path, n);
            return true;
        }
        if (next == NO_STATE) {
            flow->level[state] = NO_LEVEL;
            n--;
            continue;
        }
        flow->cursor[state]++;
        if (flow->level[next] != NO_LEVEL && flow->level[next] == flow->level[state] + 1) {
            path[n++] = next;
        }
    }
    return false;
}

uint32_t amp_flow_run(struct amp_flow *flow, uint32_t limit)
{
    uint32_t size = 0;
    memset(flow->from, 0xff, (size_t)flow->n * sizeof(uint32_t)); /* NO_FLOW */
    memset(flow->to, 0xff, (size_t)flow->n * sizeof(uint32_t));
    while (size <= limit && levels_set(flow)) {
        memset(flow->cursor, 0, 2 * (size_t)flow->n * sizeof(uint32_t));
        for (uint32_t v = 0; v < flow->n && size <= limit; v++) {
            if (flow->level[2 * v] == 0 && path_send(flow, v)) {
                size++;
            }
        }
    }
    return size;
}

/* The states that the sources still reach get a level. */
static void reach_from_sources(struct amp_flow *flow)
{
    bool more = levels_set(flow);
    assert(!more);
    (void)more;
}

/* The states from which a target can still be left get a level: every move the other way round. */
static void reach_to_targets(struct amp_flow *flow)
{
    uint32_t n = 0;
    memset(flow->level, 0xff, 2 * (size_t)flow->n * sizeof(uint32_t));
    for (uint32_t v = 0; v < flow->n; v++) {
        if (flow->end[v] == AMP_FLOW_TARGET) {
            flow->level[2 * v + 1] = 0;
            flow->queue[n++] = 2 * v + 1;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t state = flow->queue[i], node = state >> 1;
        bool used = flow->from[node] != NO_FLOW;
        uint32_t before = NO_STATE;
        if (state & 1) { /* left: by who entered it, or by undoing the flow to the next node */
            before = !used ? state & ~UINT32_C(1) : 2 * flow->to[node];
            before = used && flow->to[node] == OUTSIDE ? NO_STATE : before;
        } else { /* entered: from every neighbour, or by undoing its own passing */
            for (uint32_t k = flow->first[node]; k < flow->first[node + 1]; k++) {
                uint32_t other = 2 * flow->head[k] + 1;
                if (flow->level[other] == NO_LEVEL) {
                    flow->level[other] = 0;
                    flow->queue[n++] = other;
                }
            }
            before = used ? state | 1 : NO_STATE;
        }
        if (before != NO_STATE && flow->level[before] == NO_LEVEL) {
            flow->level[before] = 0;
            flow->queue[n++] = before;
        }
    }
}

void amp_flow_parts(struct amp_flow *flow, bool near_targets, uint8_t *part)
{
    if (near_targets) {
        reach_to_targets(flow);
    } else {
        reach_from_sources(flow);
    }
    for (uint32_t v = 0; v < flow->n; v++) {
        bool enter = flow->level[2 * v] != NO_LEVEL, leave = flow->level[2 * v + 1] != NO_LEVEL;
        if (near_targets) {
            part[v] = enter ? AMP_FLOW_FAR : leave ? AMP_FLOW_PARTS : AMP_FLOW_NEAR;
        } else {
            bool inside = flow->end[v] == AMP_FLOW_SOURCE && flow->from[v] == NO_FLOW;
            leave = leave || inside;
            part[v] = leave ? AMP_FLOW_NEAR : enter ? AMP_FLOW_PARTS : AMP_FLOW_FAR;
        }
    }
}
