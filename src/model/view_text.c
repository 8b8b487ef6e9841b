/* The texts of an incident as JSON: newest first by call; the parts of a long one are one. */
#include "base/timefmt.h"
#include "model/view.h"
#include <string.h>

struct thread { /* of one call; [0] is the newest */
    uint32_t n[AMP_VIEW_TEXTS];
    uint16_t
        group[AMP_VIEW_TEXTS]; /* of a part: 1 + the place of the oldest of its text; 0 whole */
    bool told[AMP_VIEW_TEXTS]; /* a part of what a newer one stands for */
    size_t count;
};

static const struct amp_sms *text_at(const struct amp_state *state, const struct thread *thread,
                                     size_t at)
{
    return &state->message[thread->n[at] - 1];
}

/* From the oldest on: the parts that follow it, until it is whole, its time is over, or one comes
 * that it has: then the reference was used again, for another text. */
static void group_gather(const struct amp_state *state, struct thread *thread, size_t oldest)
{
    const struct amp_sms *first = text_at(state, thread, oldest);
    bool have[UINT8_MAX + 1] = {false};
    unsigned left = first->part.total;
    size_t newest = oldest;
    for (size_t i = oldest + 1; left && i-- > 0;) {
        const struct amp_sms *other = text_at(state, thread, i);
        if (other->at_us - first->at_us > (int64_t)AMP_MESSAGE_PARTS_S * AMP_US_PER_S) {
            return;
        }
        if (thread->group[i] || other->part.ref != first->part.ref ||
            other->part.total != first->part.total) {
            continue;
        }
        if (have[other->part.index]) {
            return;
        }
        have[other->part.index] = true;
        thread->group[i] = (uint16_t)(oldest + 1);
        thread->told[newest] = i != newest;
        newest = i;
        left--;
    }
}

static void thread_gather(const struct amp_state *state, const struct amp_call *call,
                          struct thread *out)
{
    *out = (struct thread){.count = 0};
    for (uint32_t n = call->message; n && out->count < AMP_VIEW_TEXTS;
         n = state->message[n - 1].older) {
        out->n[out->count++] = n;
    }
    for (size_t i = out->count; i-- > 0;) {
        if (text_at(state, out, i)->part.total > 1 && !out->group[i]) {
            group_gather(state, out, i);
        }
    }
}

/* piece[i] is the number of part i of the long text that `at` stands for. */
static unsigned parts_gather(const struct amp_state *state, const struct thread *thread, size_t at,
                             uint32_t piece[UINT8_MAX + 1])
{
    unsigned have = 0;
    memset(piece, 0, (UINT8_MAX + 1) * sizeof(*piece));
    for (size_t i = at; i < thread->group[at]; i++) {
        if (thread->group[i] == thread->group[at]) {
            piece[text_at(state, thread, i)->part.index] = thread->n[i];
            have++;
        }
    }
    return have;
}

static void joined_put(struct amp_json *js, const struct amp_state *state, unsigned total,
                       const uint32_t piece[UINT8_MAX + 1])
{
    struct amp_buf text = amp_buf_make((UINT8_MAX + 1) * (AMP_TEXT_MAX + 3));
    bool erased = true;
    for (unsigned i = 1; i <= total; i++) {
        const char *part = piece[i] ? state->message[piece[i] - 1].text : "…";
        erased = erased && (!piece[i] || !part);
        amp_buf_text(&text, part ? part : "");
    }
    amp_json_key(js, "text");
    if (erased) {
        amp_json_put_null(js);
    } else {
        amp_json_put_buf(js, &text);
    }
    amp_buf_free(&text);
}

static void text_view(struct amp_json *js, const struct amp_state *state,
                      const struct thread *thread, size_t at)
{
    const struct amp_sms *message = text_at(state, thread, at);
    uint32_t piece[UINT8_MAX + 1];
    char id[AMP_ID_TEXT];
    bool long_one = message->part.total > 1;
    unsigned have = long_one ? parts_gather(state, thread, at, piece) : 1;
    amp_json_open(js, '{');
    amp_json_i64_of(js, "id", thread->n[at]);
    amp_call_id_text(message->call, id);
    amp_json_text_of(js, "call", id);
    amp_json_text_of(js, "state", amp_message_state_name(message->state));
    amp_json_time_of(js, "time", message->at_us);
    amp_json_time_of(js, "since", message->state_us);
    amp_json_text_of(js, "actor", message->actor);
    amp_json_text_of(js, "label", message->label);
    if (long_one) {
        amp_json_i64_of(js, "parts", message->part.total);
        amp_json_i64_of(js, "missing", message->part.total - (int64_t)have);
        joined_put(js, state, message->part.total, piece);
    } else {
        amp_json_i64_of(js, "parts", 1);
        amp_json_i64_of(js, "missing", 0);
        amp_json_text_of(js, "text", message->text);
    }
    amp_json_close(js, '}');
}

void amp_view_texts(struct amp_json *js, const struct amp_state *state,
                    const struct amp_incident *incident)
{
    struct thread thread;
    amp_json_key(js, "texts");
    amp_json_open(js, '[');
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        if (!call || !call->message) {
            continue;
        }
        thread_gather(state, call, &thread);
        for (size_t k = 0; k < thread.count; k++) {
            if (!thread.told[k]) {
                text_view(js, state, &thread, k);
            }
        }
    }
    amp_json_close(js, ']');
}
