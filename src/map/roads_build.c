/* Build the road sections of an .amap: the stages of map/draft.h one after another. */
#include "map/draft.h"

struct section {
    const char *name;
    const void *data;
    size_t size;
    size_t count;
};

static amp_err sections_put(const struct amp_road_draft *draft, const struct amp_buf *item,
                            const struct amp_buf *box, struct amp_amap_writer *writer,
                            struct amp_why *why)
{
    const struct section section[] = {
        {"rd.meta",  &draft->meta,        sizeof(draft->meta),             1                                    },
        {"rd.vpos",  draft->vertex_pos,   sizeof(struct amp_pos),          draft->vertex_n                      },
        {"rd.vid",   draft->vertex_id,    sizeof(int64_t),                 draft->vertex_n                      },
        {"rd.root",  draft->root,         sizeof(uint32_t),                draft->vertex_n                      },
        {"rd.bar",   draft->barrier.data, sizeof(struct amp_road_barrier),
         draft->barrier.len / sizeof(struct amp_road_barrier)                                                   },
        {"rd.seg",   draft->seg.data,     sizeof(struct amp_road_seg),     (size_t)draft->seg_n + 1             },
        {"rd.point", draft->point.data,   sizeof(struct amp_pos),
         draft->point.len / sizeof(struct amp_pos)                                                              },
        {"rd.way",   draft->way.data,     sizeof(struct amp_road_way),     draft->way_n                         },
        {"rd.name",  draft->name.data,    1,                               draft->name.len                      },
        {"rd.node",  draft->node_vertex,  sizeof(uint32_t),                draft->node_n                        },
        {"rd.arc1",  draft->arc_first,    sizeof(uint32_t),                (size_t)draft->node_n + 1            },
        {"rd.archd", draft->arc_head,     sizeof(uint32_t),                draft->arc_n                         },
        {"rd.arcbs", draft->arc_base,     sizeof(uint32_t),                draft->arc_n                         },
        {"rd.arcmk", draft->arc_mask,     1,                               draft->arc_n                         },
        {"rd.up1",   draft->up_first,     sizeof(uint32_t),                (size_t)draft->node_n + 1            },
        {"rd.uphd",  draft->up_head.data, sizeof(uint32_t),                draft->up_head.len / sizeof(uint32_t)},
        {"rd.item",  item->data,          sizeof(struct amp_road_item),
         item->len / sizeof(struct amp_road_item)                                                               },
        {"rd.box",   box->data,           sizeof(struct amp_box),          box->len / sizeof(struct amp_box)    },
    };
    for (size_t i = 0; i < sizeof(section) / sizeof(section[0]); i++) {
        amp_err err = amp_amap_put(writer, section[i].name, section[i].data, section[i].size,
                                   section[i].count, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

typedef amp_err (*stage_fn)(struct amp_road_draft *draft, struct amp_why *why);
struct stage {
    const char *phase;
    stage_fn run;
};
static const struct stage stage_table[] = {
    {"roads: segments",          amp_draft_segments    },
    {"roads: turn restrictions", amp_draft_restrictions},
    {"roads: graph",             amp_draft_turns       },
    {"roads: order",             amp_draft_order       },
};
enum {
    STAGES = sizeof(stage_table) / sizeof(stage_table[0])
};

static void tell(const struct amp_progress *progress, const char *phase, uint64_t done)
{
    if (progress != NULL && progress->tell != NULL) {
        progress->tell(progress->ctx, phase, done, STAGES + 1);
    }
}

amp_err amp_roads_build(const struct amp_osm *osm, const struct amp_progress *progress,
                        struct amp_amap_writer *writer, struct amp_road_counts *out,
                        struct amp_why *why)
{
    struct amp_road_draft draft;
    amp_draft_init(&draft, osm);
    struct amp_buf item = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    struct amp_buf box = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < STAGES && !err; i++) {
        tell(progress, stage_table[i].phase, i);
        err = stage_table[i].run(&draft, why);
    }
    if (!err) {
        tell(progress, "roads: search tree", STAGES);
        err = amp_draft_tree(&draft, &item, &box, why);
    }
    if (!err) {
        err = sections_put(&draft, &item, &box, writer, why);
    }
    if (!err) {
        *out = (struct amp_road_counts){.nodes = draft.node_n,
                                        .arcs = draft.arc_n,
                                        .segments = draft.seg_n,
                                        .restrictions = draft.meta.restrictions,
                                        .restrictions_dropped = draft.meta.restrictions_dropped};
    }
    amp_buf_free(&item);
    amp_buf_free(&box);
    amp_draft_finish(&draft);
    return err;
}
