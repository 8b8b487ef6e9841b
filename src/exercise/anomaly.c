/*
 * Records that could not have happened.
 *
 * Out of order: a row with a step before an earlier step. Overlap: in the order of their
 * dispatches, a unit's row begins before the same unit's row before it has ended.
 */
#include "exercise/records.h"

#include "base/timefmt.h"

#include <stdlib.h>

static bool step_backwards(const struct amp_row *row, enum amp_step *from, enum amp_step *to)
{
    bool any = false;
    enum amp_step before = AMP_STEP_RECEIVED;
    for (unsigned i = 0; i < AMP_STEPS; i++) {
        if (row->at_us[i] == AMP_NO_TIME) {
            continue;
        }
        if (any && row->at_us[i] < row->at_us[before]) {
            *from = before;
            *to = (enum amp_step)i;
            return true;
        }
        any = true;
        before = (enum amp_step)i;
    }
    return false;
}

static int unit_order(const void *a, const void *b)
{
    const struct amp_row *x = *(const struct amp_row *const *)a;
    const struct amp_row *y = *(const struct amp_row *const *)b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    int64_t dx = x->at_us[AMP_STEP_DISPATCH];
    int64_t dy = y->at_us[AMP_STEP_DISPATCH];
    if (dx != dy) {
        return dx < dy ? -1 : 1;
    }
    int64_t ex = amp_row_end(x);
    int64_t ey = amp_row_end(y);
    if (ex != ey) {
        return ex < ey ? -1 : 1;
    }
    return (x->line > y->line) - (x->line < y->line);
}

static void anomaly_add(const struct amp_records *records, const struct amp_row *row,
                        enum amp_anomaly_kind kind, struct amp_str detail, struct amp_anomaly *list,
                        struct amp_replay *out)
{
    list[out->anomaly_n++] = (struct amp_anomaly){
        .kind = kind,
        .line = row->line,
        .call = records->call[row->call].name,
        .unit = records->unit[row->unit].name,
        .detail = detail,
    };
    out->anomaly_count[kind]++;
}

amp_err amp_records_doubt(const struct amp_records *records, struct amp_arena *arena,
                          struct amp_replay *out)
{
    struct amp_anomaly *list = amp_arena_array(arena, 2 * records->row_n + 1, sizeof(*list));
    const struct amp_row **order =
        amp_arena_array(arena, records->row_n + 1, sizeof(const struct amp_row *));
    if (list == NULL || order == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < records->row_n; i++) {
        const struct amp_row *row = &records->row[i];
        enum amp_step from = AMP_STEP_RECEIVED;
        enum amp_step to = AMP_STEP_RECEIVED;
        if (step_backwards(row, &from, &to)) {
            struct amp_str detail =
                amp_arena_printf(arena, "%s is before %s", amp_step_name(to), amp_step_name(from));
            anomaly_add(records, row, AMP_ANOMALY_OUT_OF_ORDER, detail, list, out);
        }
        if (row->at_us[AMP_STEP_DISPATCH] != AMP_NO_TIME) {
            order[n++] = row;
        }
    }
    if (n > 0) {
        qsort(order, n, sizeof(const struct amp_row *), unit_order);
    }
    for (size_t i = 1; i < n; i++) {
        const struct amp_row *before = order[i - 1];
        if (order[i]->unit != before->unit ||
            order[i]->at_us[AMP_STEP_DISPATCH] >= amp_row_end(before)) {
            continue;
        }
        struct amp_str call = records->call[before->call].name;
        struct amp_str detail = amp_arena_printf(arena, "still on call %.*s (line %llu)",
                                                 (int)(call.len < 64 ? call.len : 64), call.ptr,
                                                 (unsigned long long)before->line);
        anomaly_add(records, order[i], AMP_ANOMALY_OVERLAP, detail, list, out);
    }
    out->anomaly = list;
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
