/* The states and names of warnings that this service issues. */
#include "model/warning.h"
#include <assert.h>
#include <stdio.h>

static const char *const names[AMP_WARNING_STATES] = {
    [AMP_WARNING_DRAFT] = "draft",     [AMP_WARNING_IN_FORCE] = "in-force",
    [AMP_WARNING_UPDATED] = "updated", [AMP_WARNING_CANCELLED] = "cancelled",
    [AMP_WARNING_EXPIRED] = "expired", [AMP_WARNING_DISCARDED] = "discarded"};

const char *amp_warning_state_name(enum amp_warning_state state)
{
    assert(state < AMP_WARNING_STATES);
    return names[state];
}

amp_err amp_warning_state_of(struct amp_str name, enum amp_warning_state *out)
{
    for (int i = 0; i < AMP_WARNING_STATES; i++) {
        if (amp_str_is(name, names[i])) {
            *out = (enum amp_warning_state)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

void amp_warning_id_text(uint32_t n, char out[AMP_WARNING_ID_TEXT])
{
    int len = snprintf(out, AMP_WARNING_ID_TEXT, "W-%u", n);
    assert(len > 0 && len < AMP_WARNING_ID_TEXT);
}

amp_err amp_warning_id_parse(struct amp_str text, uint32_t *out)
{
    int64_t n = 0;
    if (text.len > 2 && (text.ptr[0] == 'W' || text.ptr[0] == 'w') && text.ptr[1] == '-') {
        text = (struct amp_str){text.ptr + 2, text.len - 2};
    }
    if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' ||
        amp_str_i64(text, &n) != AMP_OK || n < 1 || n > INT32_MAX) {
        return AMP_E_RANGE;
    }
    *out = (uint32_t)n;
    return AMP_OK;
}
