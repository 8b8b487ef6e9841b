/* Any bytes as a list of alerts, and as a message of alerts, which are placed and shown. */
#include "base/json.h"
#include "intake/alert.h"
#include "intake/alert_area.h"
#include "intake/feed.h"
#include "model/field.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct amp_alert_areas *table_make(void)
{
    static struct amp_alert_areas *table; /* one for all inputs: fuzzing only */
    struct amp_why why = {0};
    if (table == NULL) {
        amp_err err = amp_alert_areas_read(
            AMP_STR("SAME 006037 = circle 33.4,-118.4 20\nEMMA_ID PT011 = area Porto\n"), &table,
            &why);
        assert(!err);
    }
    return table;
}

static void show(struct amp_str document, struct amp_arena *arena)
{
    struct amp_alert_seen *seen = amp_alert_see(document, AMP_STR("en"), arena);
    struct amp_buf out = amp_buf_make(1 << 23);
    struct amp_json js = amp_json_make(&out);
    struct amp_why why = {0};
    json_t *said = NULL;
    assert(seen != NULL);
    amp_alert_place(seen, table_make(), NULL, arena);
    amp_json_open(&js, '{');
    amp_alert_view(&js, seen);
    amp_json_close(&js, '}');
    (void)amp_alert_holds(seen, (struct amp_pos){334000000, -1184000000});
    if (amp_buf_err(&out) == AMP_OK && !amp_arena_failed(arena)) {
        amp_err err = amp_json_read(amp_buf_view(&out), out.max, &said, &why);
        assert(!err);
        json_decref(said);
    }
    amp_buf_free(&out);
}

/* It is what a record may hold. */
static void record_check(const struct amp_alert_item *item)
{
    struct amp_fields f = {.label = item->reference, .document = item->document};
    f.has = AMP_HAS(LABEL) | (item->cancels ? 0 : AMP_HAS(DOCUMENT));
    amp_err err = amp_field_check(&f, AMP_FIELD_LABEL, NULL);
    err = err || item->cancels ? err : amp_field_check(&f, AMP_FIELD_DOCUMENT, NULL);
    for (size_t i = 0; err == AMP_OK && i < item->refer_n; i++) {
        f.label = item->refers[i];
        err = amp_field_check(&f, AMP_FIELD_LABEL, NULL);
    }
    assert(err == AMP_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_feed feed = {0};
    struct amp_alert_report report = {0};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (amp_feed_read(bytes, &arena, &feed, NULL) == AMP_OK) {
        assert(feed.n <= AMP_FEED_ENTRIES);
    }
    if (amp_alerts_read(bytes, &arena, &report, NULL) == AMP_OK) {
        assert(report.n <= AMP_ALERTS_AT_ONCE);
        for (size_t i = 0; i < report.n; i++) {
            const struct amp_alert_item *item = &report.item[i];
            record_check(item);
            if (!item->cancels) {
                show(item->document, &arena);
            }
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
