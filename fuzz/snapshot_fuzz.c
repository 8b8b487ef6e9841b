/* Fuzz: a snapshot; what is read can be shown, written, read again, and is the same then. */
#include "base/json.h"
#include "model/snapshot.h"
#include "model/view.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static amp_err view_get(void *ctx, void *data, size_t len)
{
    struct amp_str *left = ctx;
    if (left->len < len) {
        return AMP_E_IO;
    }
    memcpy(data, left->ptr, len);
    left->ptr += len;
    left->len -= len;
    return AMP_OK;
}

static amp_err buf_put(void *ctx, const void *data, size_t len)
{
    amp_buf_put(ctx, data, len);
    return amp_buf_err(ctx);
}

static void state_show(const struct amp_state *state)
{
    struct amp_buf buf = amp_buf_make(1 << 24);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '[');
    for (size_t i = 0; i < state->incident_n; i++) {
        amp_view_incident(&js, state, &state->incident[i], true);
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        amp_view_unit(&js, state, &state->unit[i], NULL, 0);
    }
    for (size_t i = 0; i < state->account_n; i++) {
        amp_view_account(&js, state, &state->account[i]);
    }
    for (size_t i = 0; i < state->closure_n; i++) {
        amp_view_closure(&js, &state->closure[i]);
    }
    amp_json_close(&js, ']');
    amp_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str left = {(const char *)data, size};
    struct amp_state state = {0};
    struct amp_state again = {0};
    struct amp_why why = {{0}};
    if (amp_snapshot_read(view_get, &left, &state, &why)) {
        return 0;
    }
    struct amp_buf written = amp_buf_make(1 << 26);
    state_show(&state);
    amp_err err = amp_snapshot_write(&state, buf_put, &written);
    left = amp_buf_view(&written);
    err = err ? err : amp_snapshot_read(view_get, &left, &again, &why);
    assert(!err && amp_state_digest(&again) == amp_state_digest(&state));
    amp_state_finish(&state);
    amp_state_finish(&again);
    amp_buf_free(&written);
    return 0;
}
