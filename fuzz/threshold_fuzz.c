/* Thresholds of response times, as they come in a query. */
#include "exercise/times.h"
#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_times_limits limits = {.n = 0};
    struct amp_why why = {""};
    struct amp_str text = {(const char *)data, size};
    if (amp_times_limits_read(text, &limits, &why) != AMP_OK) {
        assert(limits.n == 0 && why.text[0] != '\0');
        return 0;
    }
    assert(limits.n <= AMP_TIMES_LIMITS);
    for (size_t i = 0; i < limits.n; i++) {
        const struct amp_times_limit *limit = &limits.row[i];
        bool measured = limit->phase < AMP_TIMES_PHASES;
        if ((limit->standard == NULL && !measured) || limit->limit_s < 1 ||
            limit->limit_s > AMP_TIMES_LIMIT_S_MAX || limit->target_pct < 0 ||
            limit->target_pct > 100) {
            abort();
        }
    }
    return 0;
}
