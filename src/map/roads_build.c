/* Build the road sections of an .amap: the stages of map/draft.h one after another. */
#include "map/draft.h"

#include <stdlib.h>
#include <string.h>

/* Sections one after another; the first error stays. */
struct putting {
    struct amp_amap_writer *writer;
    struct amp_why *why;
    amp_err err;
};

static void put(struct putting *putting, const char *name, const void *data, size_t size,
                size_t count)
{
    if (!putting->err) {
        putting->err = amp_amap_put(putting->writer, name, data, size, count, putting->why);
    }
}

static void put_buf(struct putting *putting, const char *name, const struct amp_buf *buf,
                    size_t size)
{
    put(putting, name, buf->data, size, buf->len / size);
}

static amp_err graph_put(const struct amp_road_draft *draft, struct amp_amap_writer *writer,
                         struct amp_why *why)
{
    struct putting to = {writer, why, AMP_OK};
    size_t word = sizeof(uint32_t);
    put(&to, "rd.meta", &draft->meta, sizeof(draft->meta), 1);
    put(&to, "rd.vpos", draft->vertex_pos, sizeof(struct amp_pos), draft->vertex_n);
    put(&to, "rd.vid", draft->vertex_id, sizeof(int64_t), draft->vertex_n);
    put(&to, "rd.root", draft->root, word, draft->vertex_n);
    put_buf(&to, "rd.bar", &draft->barrier, sizeof(struct amp_road_barrier));
    put_buf(&to, "rd.seg", &draft->seg, sizeof(struct amp_road_seg));
    put_buf(&to, "rd.point", &draft->point, sizeof(struct amp_pos));
    put_buf(&to, "rd.way", &draft->way, sizeof(struct amp_road_way));
    put_buf(&to, "rd.kind", &draft->kind, sizeof(struct amp_road_kind));
    put_buf(&to, "rd.cond", &draft->cond, sizeof(struct amp_road_cond));
    put_buf(&to, "rd.hour", &draft->hour, sizeof(struct amp_hours_row));
    put_buf(&to, "rd.turn", &draft->turn, sizeof(struct amp_road_turn_cond));
    put_buf(&to, "rd.name", &draft->name, 1);
    put(&to, "rd.node", draft->node_vertex, word, draft->node_n);
    put(&to, "rd.arc1", draft->arc_first, word, (size_t)draft->node_n + 1);
    put(&to, "rd.archd", draft->arc_head, word, draft->arc_n);
    put(&to, "rd.arcbs", draft->arc_base, word, draft->arc_n);
    put(&to, "rd.arcmk", draft->arc_mask, 1, draft->arc_n);
    put(&to, "rd.up1", draft->up_first, word, (size_t)draft->node_n + 1);
    put_buf(&to, "rd.uphd", &draft->up_head, word);
    return to.err;
}

/* The graph is in the file: keep only what the search tree is made from, the segments. *kept is to
 * be freed behind the draft. */
static amp_err draft_shed(struct amp_road_draft *draft, struct amp_pos **kept)
{
    struct amp_pos *pos = malloc(((size_t)draft->vertex_n + 1) * sizeof *pos);
    if (pos == NULL) {
        return AMP_E_NOMEM;
    }
    if (draft->vertex_n > 0) {
        memcpy(pos, draft->vertex_pos, draft->vertex_n * sizeof *pos);
    }
    struct amp_buf *const gone[] = {&draft->way,       &draft->way_kind, &draft->kind,
                                    &draft->cond,      &draft->hour,     &draft->name,
                                    &draft->barrier,   &draft->rule,     &draft->rule_arc,
                                    &draft->turn_cond, &draft->turn,     &draft->up_head};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        amp_buf_free(gone[i]);
    }
    amp_arena_drop(&draft->arena);
    draft->vertex_pos = pos;
    *kept = pos;
    return AMP_OK;
}

static amp_err tree_put(struct amp_road_draft *draft, struct amp_amap_writer *writer,
                        struct amp_why *why)
{
    struct amp_buf item = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    struct amp_buf box = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    struct putting to = {writer, why, amp_draft_tree(draft, &item, &box, why)};
    put_buf(&to, "rd.item", &item, sizeof(struct amp_road_item));
    put_buf(&to, "rd.box", &box, sizeof(struct amp_box));
    amp_buf_free(&item);
    amp_buf_free(&box);
    return to.err;
}

typedef amp_err (*stage_fn)(struct amp_road_draft *draft, struct amp_why *why);
struct stage {
    const char *phase;
    stage_fn run;
};
static const struct stage stage_table[] = {
    {"roads: segments", amp_draft_segments},
    {"roads: turn restrictions", amp_draft_restrictions},
    {"roads: graph", amp_draft_turns},
    {"roads: order", amp_draft_order},
};
enum {
    STAGES = sizeof(stage_table) / sizeof(stage_table[0]),
    STAGES_OF_EXTRACT = 2 /* the first ones: the others do not look into it */
};

static void tell(const struct amp_progress *progress, const char *phase, uint64_t done)
{
    if (progress != NULL && progress->tell != NULL) {
        progress->tell(progress->ctx, phase, done, STAGES + 1);
    }
}

static amp_err stages_run(struct amp_road_draft *draft, struct amp_osm *shed,
                          const struct amp_progress *progress, struct amp_why *why)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < STAGES && !err; i++) {
        if (shed != NULL && i == STAGES_OF_EXTRACT) {
            amp_osm_shed(shed);
        }
        tell(progress, stage_table[i].phase, i);
        err = stage_table[i].run(draft, why);
    }
    return err;
}

/* shed: the same extract, if nobody needs it any more; else NULL. */
static amp_err roads_build(const struct amp_osm *osm, struct amp_osm *shed,
                           const struct amp_progress *progress, struct amp_amap_writer *writer,
                           struct amp_road_counts *out, struct amp_why *why)
{
    struct amp_road_draft draft;
    amp_draft_init(&draft, osm);
    struct amp_pos *kept = NULL;
    amp_err err = stages_run(&draft, shed, progress, why);
    err = err ? err : graph_put(&draft, writer, why);
    err = err ? err : draft_shed(&draft, &kept);
    if (!err) {
        tell(progress, "roads: search tree", STAGES);
        err = tree_put(&draft, writer, why);
    }
    if (!err) {
        *out = (struct amp_road_counts){.nodes = draft.node_n,
                                        .arcs = draft.arc_n,
                                        .segments = draft.seg_n,
                                        .restrictions = draft.meta.restrictions,
                                        .restrictions_dropped = draft.meta.restrictions_dropped,
                                        .conditions = draft.meta.conditions,
                                        .conditions_unread = draft.meta.conditions_unread};
    }
    amp_draft_finish(&draft);
    free(kept);
    return err;
}

amp_err amp_roads_build(const struct amp_osm *osm, const struct amp_progress *progress,
                        struct amp_amap_writer *writer, struct amp_road_counts *out,
                        struct amp_why *why)
{
    return roads_build(osm, NULL, progress, writer, out, why);
}

amp_err amp_roads_build_last(struct amp_osm *osm, const struct amp_progress *progress,
                             struct amp_amap_writer *writer, struct amp_road_counts *out,
                             struct amp_why *why)
{
    return roads_build(osm, osm, progress, writer, out, why);
}
