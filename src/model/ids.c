/* Ids as text: "I-12", "C-7", "X-3". */
#include "model/ids.h"
#include <assert.h>
#include <stdio.h>

static void id_text(char letter, uint32_t n, char out[AMP_ID_TEXT])
{
    int len = snprintf(out, AMP_ID_TEXT, "%c-%u", letter, n);
    assert(len > 0 && len < AMP_ID_TEXT);
}

/* Letter and dash may be missing; a zero, a sign or a leading zero is refused. */
static amp_err id_parse(char letter, struct amp_str text, uint32_t *out)
{
    if (text.len >= 2 && text.ptr[1] == '-') {
        if (text.ptr[0] != letter && text.ptr[0] != letter + ('a' - 'A')) {
            return AMP_E_SYNTAX;
        }
        text.ptr += 2;
        text.len -= 2;
    }
    if (text.len == 0 || text.ptr[0] < '1' || text.ptr[0] > '9') {
        return AMP_E_SYNTAX;
    }
    uint64_t n = 0;
    amp_err err = amp_str_u64(text, &n);
    if (err) {
        return err;
    }
    if (n > UINT32_MAX) {
        return AMP_E_RANGE;
    }
    *out = (uint32_t)n;
    return AMP_OK;
}

void amp_incident_id_text(struct amp_incident_id id, char out[AMP_ID_TEXT])
{
    id_text('I', id.n, out);
}

void amp_call_id_text(struct amp_call_id id, char out[AMP_ID_TEXT])
{
    id_text('C', id.n, out);
}

void amp_closure_id_text(struct amp_closure_id id, char out[AMP_ID_TEXT])
{
    id_text('X', id.n, out);
}

amp_err amp_incident_id_parse(struct amp_str text, struct amp_incident_id *out)
{
    return id_parse('I', text, &out->n);
}

amp_err amp_call_id_parse(struct amp_str text, struct amp_call_id *out)
{
    return id_parse('C', text, &out->n);
}

amp_err amp_closure_id_parse(struct amp_str text, struct amp_closure_id *out)
{
    return id_parse('X', text, &out->n);
}
