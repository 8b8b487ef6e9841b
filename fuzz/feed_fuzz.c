/* Any bytes as a list of alerts, and as a message of alerts. */
#include "intake/alert.h"
#include "intake/feed.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
            assert(item->cancels || amp_alert_see(item->document, AMP_STR("en"), &arena) != NULL);
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
