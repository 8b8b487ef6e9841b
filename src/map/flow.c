/* Maximum flow with unit nodes by many ways a pass; no recursion, no arc is stored. */
#include "map/flow.h"

#include <assert.h>
#include <string.h>

#define NO_FLOW   UINT32_MAX       /* the node is not passed */
#define OUTSIDE   (UINT32_MAX - 1) /* the flow begins or ends here */
#define NO_STATE  UINT32_MAX
#define END_STATE (UINT32_MAX - 1) /* past a target */

amp_err amp_flow_init(struct amp_flow *flow, uint32_t n_max, struct amp_arena *arena)
{
    size_t n = (size_t)n_max + 1, word = sizeof(uint32_t);
    *flow = (struct amp_flow){.from = amp_arena_array(arena, n, word),
                              .to = amp_arena_array(arena, n, word),
                              .seen = amp_arena_array(arena, 2 * n, 1),
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
        return k == 0 ? END_STATE : NO_STATE; /* no other way is shorter */
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

static void path_push(struct amp_flow *flow, uint32_t *n, uint32_t state)
{
    flow->seen[state] = 1;
    flow->cursor[state] = 0;
    flow->queue[(*n)++] = state;
}

/* One way from a source to the end over states that were not seen in this pass. */
static bool path_send(struct amp_flow *flow, uint32_t source)
{
    uint32_t n = 0;
    path_push(flow, &n, 2 * source);
    while (n > 0) {
        uint32_t state = flow->queue[n - 1];
        uint32_t next = move(flow, state, flow->cursor[state]++);
        if (next == END_STATE) {
            path_apply(flow, flow->queue, n);
            return true;
        }
        if (next == NO_STATE) {
            n--;
        } else if (!flow->seen[next] && ((next & 1) || flow->end[next >> 1] != AMP_FLOW_SOURCE)) {
            path_push(flow, &n, next); /* into a source never: a way would begin there */
        }
    }
    return false;
}

/* All ways that a pass over the graph finds, at most `most`; what it saw is what the sources
 * reach, if it found none. */
static uint32_t pass(struct amp_flow *flow, uint32_t most)
{
    uint32_t found = 0;
    memset(flow->seen, 0, 2 * (size_t)flow->n);
    for (uint32_t v = 0; v < flow->n && found < most; v++) {
        if (flow->end[v] == AMP_FLOW_SOURCE && source_leads_out(flow, v) && path_send(flow, v)) {
            found++;
        }
    }
    return found;
}

uint32_t amp_flow_run(struct amp_flow *flow, uint32_t limit)
{
    uint32_t size = 0, found = 1;
    memset(flow->from, 0xff, (size_t)flow->n * sizeof(uint32_t)); /* NO_FLOW */
    memset(flow->to, 0xff, (size_t)flow->n * sizeof(uint32_t));
    while (size <= limit && found > 0) {
        found = pass(flow, limit - size + 1);
        size += found;
    }
    return size;
}

/* See the states that the sources still reach. */
static void reach_from_sources(struct amp_flow *flow)
{
    uint32_t found = pass(flow, 1);
    assert(found == 0);
    (void)found;
}

static void see(struct amp_flow *flow, uint32_t state, uint32_t *n)
{
    if (!flow->seen[state]) {
        flow->seen[state] = 1;
        flow->queue[(*n)++] = state;
    }
}

/* See the states from which a target can still be left: every move the other way round. */
static void reach_to_targets(struct amp_flow *flow)
{
    uint32_t n = 0;
    memset(flow->seen, 0, 2 * (size_t)flow->n);
    for (uint32_t v = 0; v < flow->n; v++) {
        if (flow->end[v] == AMP_FLOW_TARGET) {
            see(flow, 2 * v + 1, &n);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t state = flow->queue[i], node = state >> 1;
        bool used = flow->from[node] != NO_FLOW;
        if (state & 1) { /* left: by who entered it, or by undoing the flow to the next node */
            if (!used) {
                see(flow, state & ~UINT32_C(1), &n);
            } else if (flow->to[node] != OUTSIDE) {
                see(flow, 2 * flow->to[node], &n);
            }
            continue;
        }
        /* entered: from every neighbour, or by undoing its own passing */
        for (uint32_t k = flow->first[node]; k < flow->first[node + 1]; k++) {
            see(flow, 2 * flow->head[k] + 1, &n);
        }
        if (used) {
            see(flow, state | 1, &n);
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
        bool enter = flow->seen[2 * v], leave = flow->seen[2 * v + 1];
        if (near_targets) {
            part[v] = enter ? AMP_FLOW_FAR : leave ? AMP_FLOW_PARTS : AMP_FLOW_NEAR;
        } else {
            bool inside = flow->end[v] == AMP_FLOW_SOURCE && flow->from[v] == NO_FLOW;
            leave = leave || inside;
            part[v] = leave ? AMP_FLOW_NEAR : enter ? AMP_FLOW_PARTS : AMP_FLOW_FAR;
        }
    }
}
