/* An event as a record of the journal: its head, its plain members, and its sealed ones. */
#include "base/json.h"
#include "base/timefmt.h"
#include "model/field.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ABOUT_MAX = 256,
    MEMBER_BYTES = 96, /* name, quotes, and a position or a number */
    VERSION_PLAIN = 1
};

/* What a seal is bound to. */
static struct amp_str about_text(const struct amp_event *event, char out[ABOUT_MAX])
{
    char time[AMP_TIME_TEXT];
    char incident[AMP_ID_TEXT] = "-";
    amp_time_text(event->time_us, time);
    if (event->f.has & AMP_HAS(INCIDENT)) {
        amp_incident_id_text(event->f.incident, incident);
    }
    int len = snprintf(out, ABOUT_MAX, "amparo-event-1\n%s\n%s\n%s",
                       amp_event_rows[event->kind].name, incident, time);
    assert(len > 0 && len < ABOUT_MAX);
    return (struct amp_str){out, (size_t)len};
}

/* For buffers that held what is personal. */
static void buf_wipe(struct amp_buf *buf)
{
    if (buf->data) {
        amp_wipe(buf->data, buf->cap);
    }
    amp_buf_free(buf);
}

/* ---- writing ---- */

static void members_write(struct amp_json *js, const struct amp_event *event, amp_field_set which)
{
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        if (which >> i & 1) {
            amp_json_key(js, amp_field_member((enum amp_field)i, true));
            amp_field_write(js, &event->f, (enum amp_field)i);
        }
    }
}

/* A buffer of full size from the start: growing would leave copies behind in freed memory. */
static struct amp_buf secret_buf(size_t bytes)
{
    struct amp_buf buf = amp_buf_make(bytes);
    (void)amp_buf_extend(&buf, bytes);
    buf.len = 0;
    return buf;
}

/* Bytes that these members need at most: a byte of text becomes six when it is escaped. */
static size_t members_bound(const struct amp_event *event, amp_field_set which)
{
    size_t bytes = MEMBER_BYTES;
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        const struct amp_field_row *row = &amp_field_rows[i];
        if (which >> i & 1) {
            bool text = row->type == AMP_TYPE_LINE || row->type == AMP_TYPE_TEXT ||
                        row->type == AMP_TYPE_DOCUMENT;
            const void *at = (const char *)&event->f + row->offset;
            bytes += MEMBER_BYTES + (text ? 6 * ((const struct amp_str *)at)->len : 0);
        }
    }
    return bytes;
}

static void sealed_write(struct amp_json *js, const struct amp_event *event, amp_field_set which,
                         const struct amp_sealer *sealer)
{
    uint8_t key[AMP_KEY];
    uint8_t nonce[AMP_NONCE];
    char about[ABOUT_MAX];
    amp_err err = sealer->key(sealer->ctx, amp_event_key_of(event), key);
    if (err) {
        js->buf->err = js->buf->err ? js->buf->err : err;
        return;
    }
    const size_t bound = members_bound(event, which);
    struct amp_buf plain = secret_buf(bound);
    struct amp_buf seal = amp_buf_make(bound + AMP_SEAL_EXTRA);
    struct amp_buf text = amp_buf_make(2 * (bound + AMP_SEAL_EXTRA));
    struct amp_json inner = amp_json_make(&plain);
    amp_json_open(&inner, '{');
    members_write(&inner, event, which);
    amp_json_close(&inner, '}');
    err = amp_buf_err(&plain);
    if (!err) {
        sealer->nonce(sealer->ctx, nonce);
        amp_seal(key, nonce, about_text(event, about), amp_buf_view(&plain), &seal);
        amp_base64_put(&text, seal.data, amp_buf_err(&seal) ? 0 : seal.len);
        err = amp_buf_err(&seal) ? amp_buf_err(&seal) : amp_buf_err(&text);
    }
    if (err) {
        js->buf->err = js->buf->err ? js->buf->err : err;
    } else {
        amp_json_str_of(js, "sealed", amp_buf_view(&text));
    }
    amp_wipe(key, sizeof(key));
    buf_wipe(&plain);
    amp_buf_free(&seal);
    amp_buf_free(&text);
}

void amp_event_write(const struct amp_event *event, const struct amp_sealer *sealer,
                     struct amp_buf *out)
{
    amp_err err = amp_event_check(event, NULL);
    assert(!err && !event->gone);
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "v", sealer ? AMP_EVENT_VERSION : VERSION_PLAIN);
    amp_json_text_of(&js, "kind", amp_event_rows[event->kind].name);
    amp_json_time_of(&js, "time", event->time_us);
    amp_json_str_of(&js, "actor", event->actor);
    if (event->role) {
        amp_json_text_of(&js, "role", amp_role_name(event->role));
    }
    if (event->key.len) {
        amp_json_str_of(&js, "key", event->key);
    }
    if (event->key.len && event->print) {
        amp_json_i64_of(&js, "print", event->print);
    }
    amp_field_set present = amp_fields_present(&event->f);
    amp_field_set sealed = sealer ? present & amp_fields_personal : 0;
    members_write(&js, event, present & ~sealed);
    if (sealed) {
        sealed_write(&js, event, sealed, sealer);
    }
    amp_json_close(&js, '}');
}

/* ---- reading ---- */

static amp_err head_text(const json_t *obj, const char *name, struct amp_arena *arena,
                         struct amp_str *out, struct amp_why *why)
{
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, name, &text, why);
    if (err || !text.len) {
        return err;
    }
    *out = amp_arena_str(arena, text);
    return out->len == text.len ? AMP_OK : AMP_E_NOMEM;
}

static amp_err kind_read(const json_t *obj, enum amp_event_kind *out, struct amp_why *why)
{
    struct amp_str name = {0};
    amp_err err = amp_json_str(obj, "kind", &name, why);
    if (err) {
        return err;
    }
    if (!name.len) {
        return amp_fail(why, AMP_E_MISSING, "an event needs \"kind\"");
    }
    for (int i = 0; i < AMP_EV_COUNT; i++) {
        if (amp_str_is(name, amp_event_rows[i].name)) {
            *out = (enum amp_event_kind)i;
            return AMP_OK;
        }
    }
    return amp_fail(why, AMP_E_RANGE, "there is no kind of event called \"%.*s\"",
                    (int)(name.len < AMP_WORD_MAX ? name.len : AMP_WORD_MAX), name.ptr);
}

static amp_err role_read(const json_t *obj, enum amp_role *out, struct amp_why *why)
{
    struct amp_str name = {0};
    amp_err err = amp_json_str(obj, "role", &name, why);
    if (err || !name.len) {
        return err;
    }
    return amp_role_of(name, out) ? amp_fail(why, AMP_E_RANGE, "\"role\" is none of the known ones")
                                  : AMP_OK;
}

static amp_err head_read(const json_t *obj, struct amp_arena *arena, int64_t *version,
                         struct amp_event *out, struct amp_why *why)
{
    int64_t print = 0;
    struct amp_str time = {0};
    amp_err err = amp_json_i64(obj, "v", version, why);
    if (!err && (*version < 1 || *version > AMP_EVENT_VERSION)) {
        return amp_fail(why, AMP_E_RANGE, "\"v\" is %lld; this program reads events 1 to %d",
                        (long long)*version, AMP_EVENT_VERSION);
    }
    err = err ? err : kind_read(obj, &out->kind, why);
    err = err ? err : head_text(obj, "actor", arena, &out->actor, why);
    err = err ? err : role_read(obj, &out->role, why);
    err = err ? err : head_text(obj, "key", arena, &out->key, why);
    err = err ? err : amp_json_i64(obj, "print", &print, why);
    err = err ? err : amp_json_str(obj, "time", &time, why);
    if (err) {
        return err;
    }
    if (amp_time_parse(time, &out->time_us)) {
        return amp_fail(why, AMP_E_MISSING,
                        "an event needs \"time\", such as 2026-11-23T10:00:00Z");
    }
    if (print < 0 || print > AMP_PRINT_MAX) {
        return amp_fail(why, AMP_E_RANGE, "\"print\" must be at most %d", AMP_PRINT_MAX);
    }
    out->print = out->key.len ? (uint32_t)print : 0;
    return AMP_OK;
}

/* The personal members out of what a seal held. */
static amp_err plain_read(struct amp_str plain, struct amp_arena *arena, struct amp_event *event,
                          struct amp_why *why)
{
    const struct amp_kind_row *row = &amp_event_rows[event->kind];
    json_t *obj = NULL;
    amp_err err = amp_json_read(plain, AMP_EVENT_BYTES, &obj, NULL);
    if (!err && !json_is_object(obj)) {
        err = AMP_E_SYNTAX;
    }
    err = err ? err
              : amp_members_read(obj, (row->must | row->may) & amp_fields_personal, true, arena,
                                 &event->f, NULL);
    json_decref(obj);
    if (err && err != AMP_E_NOMEM) { /* no words of it: they would be personal */
        return amp_fail(why, AMP_E_CORRUPT, "what is sealed in this %s is not what it should be",
                        row->name);
    }
    return err;
}

static amp_err seal_open(struct amp_str text, const uint8_t key[AMP_KEY], struct amp_arena *arena,
                         struct amp_event *event, struct amp_why *why)
{
    char about[ABOUT_MAX];
    size_t len = 0;
    size_t cap = text.len / 4 * 3 + 3;
    uint8_t *seal = malloc(cap);
    struct amp_buf plain = secret_buf(cap);
    amp_err err = seal ? amp_base64_read(text, seal, cap, &len) : AMP_E_NOMEM;
    if (!err) {
        err = amp_unseal(key, about_text(event, about), (struct amp_str){(const char *)seal, len},
                         &plain);
    }
    free(seal);
    if (!err) {
        err = plain_read(amp_buf_view(&plain), arena, event, why);
    } else if (err != AMP_E_NOMEM) {
        err = amp_fail(why, AMP_E_CORRUPT,
                       "the seal of this %s does not open: it was altered or moved, or this is "
                       "another key",
                       amp_event_rows[event->kind].name);
    }
    buf_wipe(&plain);
    return err;
}

static amp_err sealed_read(const json_t *obj, const struct amp_sealer *sealer,
                           struct amp_arena *arena, struct amp_event *event, struct amp_why *why)
{
    uint8_t key[AMP_KEY];
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, "sealed", &text, why);
    if (err || !text.len) {
        return err;
    }
    err = sealer ? sealer->key(sealer->ctx, amp_event_key_of(event), key) : AMP_E_NOT_FOUND;
    if (err == AMP_E_NOT_FOUND) {
        event->gone = true;
        return AMP_OK;
    }
    if (err) {
        return amp_fail(why, err, "the key of this %s cannot be read now",
                        amp_event_rows[event->kind].name);
    }
    err = seal_open(text, key, arena, event, why);
    amp_wipe(key, sizeof(key));
    return err;
}

static amp_err object_read(const json_t *obj, const struct amp_sealer *sealer,
                           struct amp_arena *arena, struct amp_event *event, struct amp_why *why)
{
    int64_t version = 0;
    amp_err err = head_read(obj, arena, &version, event, why);
    if (err) {
        return err;
    }
    const struct amp_kind_row *row = &amp_event_rows[event->kind];
    amp_field_set plain = row->must | row->may;
    plain &= version == VERSION_PLAIN ? UINT64_MAX : ~amp_fields_personal;
    err = amp_members_read(obj, plain, true, arena, &event->f, why);
    if (!err && version != VERSION_PLAIN) {
        err = sealed_read(obj, sealer, arena, event, why);
    }
    return err ? err : amp_event_check(event, why);
}

amp_err amp_event_read(struct amp_str json, const struct amp_sealer *sealer,
                       struct amp_arena *arena, struct amp_event *out, struct amp_why *why)
{
    json_t *obj = NULL;
    amp_err err = amp_json_read(json, AMP_EVENT_BYTES, &obj, why);
    if (err) {
        return err;
    }
    struct amp_event event = {0};
    err = json_is_object(obj) ? object_read(obj, sealer, arena, &event, why)
                              : amp_fail(why, AMP_E_SYNTAX, "an event is a JSON object");
    if (!err) {
        *out = event;
    }
    json_decref(obj);
    return err;
}
