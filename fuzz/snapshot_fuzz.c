/*
 * Fuzz: a snapshot; what is read can be shown, written, read again, and is the same then.
 *
 * An input is what is done to a snapshot of a real state, since every change of the names in it
 * makes an older one another version: which state, how much of it is left, then four bytes an edit.
 */
#include "base/json.h"
#include "model/snapshot.h"
#include "model/view.h"
#include "response/trial.h"
#include <assert.h>
#include <string.h>

enum {
    STATES = 4,
    STEPS = 400,
    SNAPSHOT_MAX = 1 << 22
};

static struct amp_buf real[STATES];

int LLVMFuzzerInitialize(int *argc, char ***argv);
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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct trial trial;
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < STATES; i++) {
        real[i] = amp_buf_make(SNAPSHOT_MAX);
        trial_open(&trial, i + 1);
        bool good = trial_run(&trial, STEPS) &&
                    amp_snapshot_write(&trial.state, buf_put, &real[i]) == AMP_OK;
        assert(good);
        trial_close(&trial);
    }
    return 0;
}

static void input_edit(const uint8_t *data, size_t size, struct amp_buf *out)
{
    if (size > 0) {
        amp_buf_str(out, amp_buf_view(&real[data[0] % STATES]));
    }
    if (size > 1 && data[1] > 0) {
        out->len = out->len * data[1] / 256;
    }
    for (size_t i = 2; i + 4 <= size && out->len > 0; i += 4) {
        size_t at = (size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2];
        out->data[at % out->len] = (char)data[i + 3];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_buf edited = amp_buf_make(SNAPSHOT_MAX), written = amp_buf_make(1 << 26);
    struct amp_state state = {0}, again = {0};
    struct amp_why why = {{0}};
    input_edit(data, size, &edited);
    struct amp_str left = amp_buf_view(&edited);
    if (amp_snapshot_read(view_get, &left, &state, &why) == AMP_OK) {
        state_show(&state);
        amp_err err = amp_snapshot_write(&state, buf_put, &written);
        left = amp_buf_view(&written);
        err = err ? err : amp_snapshot_read(view_get, &left, &again, &why);
        assert(!err && amp_state_digest(&again) == amp_state_digest(&state));
        amp_state_finish(&state);
        amp_state_finish(&again);
    }
    amp_buf_free(&edited);
    amp_buf_free(&written);
    return 0;
}
