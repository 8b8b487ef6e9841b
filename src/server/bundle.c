/* Collects the records of an incident and writes the files of the bundle. */
#include "server/bundle.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "journal/inspect.h"
#include "journal/note.h"
#include "model/field.h"
#include "server/assets.h"
#include "server/mediastore.h"
#include "server/zip.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 256 << 20,
    EVENT_ARENA = 8 << 20,
    NEEDLE = 64,
    NAMES_MAX = 3 /* members that may name an incident: incident, into, from */
};

struct bundling {
    const struct amp_bundle_of *of;
    struct amp_sealer sealer;
    struct amp_buf jsonl, html;
    struct {
        uint64_t seq;
        uint8_t leaf[AMP_HASH];
    } * record;
    size_t n;
    struct medium {
        uint64_t seq; /* of its record; 0: not met */
        char digest[AMP_MEDIA_HASH];
        char file[NEEDLE];  /* in the archive; "": not there */
        const char *absent; /* why not */
    } * medium;             /* as of->medium */
    struct amp_why *why;
};

static void wiped(struct amp_buf *buf)
{
    if (buf->data != NULL) {
        amp_wipe(buf->data, buf->cap);
    }
    amp_buf_free(buf);
}

/* ---- finding ---- */

/* Cheap before exact: few of the records in between are of this incident. */
static bool may_be_of(const struct bundling *b, struct amp_str body)
{
    for (size_t i = 0; i < b->of->incident_n; i++) {
        char needle[NEEDLE], id[AMP_ID_TEXT];
        amp_incident_id_text(b->of->incident[i], id);
        int len = snprintf(needle, sizeof needle, "\":\"%s\"", id);
        if (memmem(body.ptr, body.len, needle, (size_t)len) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_of(const struct bundling *b, const struct amp_event *event)
{
    const struct amp_fields *f = &event->f;
    const struct {
        amp_field_set has;
        struct amp_incident_id id;
    } named[NAMES_MAX] = {
        {AMP_HAS(INCIDENT), f->incident}, {AMP_HAS(INTO), f->into}, {AMP_HAS(FROM), f->from}};
    for (size_t i = 0; i < b->of->incident_n; i++) {
        for (size_t k = 0; k < NAMES_MAX; k++) {
            if ((f->has & named[k].has) != 0 && named[k].id.n == b->of->incident[i].n) {
                return true;
            }
        }
    }
    return false;
}

/* ---- writing a record twice: for machines and for people ---- */

static void fields_write(struct amp_json *js, const struct amp_event *event, bool personal)
{
    amp_field_set present = amp_fields_present(&event->f);
    amp_json_open(js, '{');
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        if ((present >> i & 1) != 0 && (!personal || amp_field_rows[i].personal)) {
            amp_json_key(js, amp_field_rows[i].name);
            amp_field_write(js, &event->f, (enum amp_field)i);
        }
    }
    amp_json_close(js, '}');
}

static void record_json(struct bundling *b, const struct amp_record *record,
                        const struct amp_event *event)
{
    struct amp_json js = amp_json_make(&b->jsonl);
    struct amp_buf hex = amp_buf_make(4 * AMP_HASH);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)record->seq);
    amp_hex_put(&hex, record->salt, AMP_SALT);
    amp_json_buf_of(&js, "salt", &hex);
    amp_buf_clear(&hex);
    amp_hex_put(&hex, record->leaf, AMP_HASH);
    amp_json_buf_of(&js, "leaf", &hex);
    amp_json_str_of(&js, "body", record->body);
    amp_json_key(&js, "opened");
    if (event->gone) {
        amp_json_put_null(&js);
    } else {
        fields_write(&js, event, true);
    }
    amp_json_close(&js, '}');
    amp_buf_char(&b->jsonl, '\n');
    amp_buf_free(&hex);
}

static void html_text(struct amp_buf *out, struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        const char *name = c == '&'   ? "&amp;"
                           : c == '<' ? "&lt;"
                           : c == '>' ? "&gt;"
                           : c == '"' ? "&quot;"
                                      : NULL;
        if (name != NULL) {
            amp_buf_text(out, name);
        } else {
            amp_buf_char(out, c);
        }
    }
}

static void html_cell(struct amp_buf *out, const char *text)
{
    amp_buf_text(out, "<td>");
    html_text(out, amp_str_of(text));
    amp_buf_text(out, "</td>");
}

/* name: value, a line each; texts without their quotes. */
static void html_fields(struct amp_buf *out, const struct amp_event *event)
{
    amp_field_set present = amp_fields_present(&event->f) & ~AMP_HAS(INCIDENT);
    amp_buf_text(out, "<td>");
    if (event->gone) {
        amp_buf_text(out, "<em>personal data were erased; </em>");
    }
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        const struct amp_field_row *row = &amp_field_rows[i];
        if ((present >> i & 1) == 0) {
            continue;
        }
        struct amp_buf value = amp_buf_make(FILE_MAX);
        struct amp_json js = amp_json_make(&value);
        struct amp_str text = {0};
        if (row->type == AMP_TYPE_LINE || row->type == AMP_TYPE_TEXT ||
            row->type == AMP_TYPE_WORD || row->type == AMP_TYPE_DOCUMENT) {
            text = *(const struct amp_str *)(const void *)((const char *)&event->f + row->offset);
        } else {
            amp_field_write(&js, &event->f, (enum amp_field)i);
            text = amp_buf_view(&value);
            out->err = out->err ? out->err : amp_buf_err(&value);
        }
        amp_buf_printf(out, "<b>%s</b> ", row->name);
        html_text(out, text);
        amp_buf_text(out, "<br>");
        amp_buf_free(&value);
    }
    amp_buf_text(out, "</td>");
}

static void record_html(struct bundling *b, const struct amp_record *record,
                        const struct amp_event *event)
{
    char time[AMP_TIME_TEXT];
    amp_time_text(event->time_us, time);
    amp_buf_printf(&b->html, "<tr><td>%llu</td>", (unsigned long long)record->seq);
    html_cell(&b->html, time);
    amp_buf_text(&b->html, "<td>");
    html_text(&b->html, event->actor);
    if (event->role != AMP_ROLE_NONE) {
        amp_buf_printf(&b->html, " (%s)", amp_role_name(event->role));
    }
    amp_buf_text(&b->html, "</td>");
    html_cell(&b->html, amp_event_rows[event->kind].name);
    html_fields(&b->html, event);
    amp_buf_text(&b->html, "</tr>\n");
}

/* Which of the media a record tells of, and the hash of what was sent. */
static void medium_meet(struct bundling *b, uint64_t seq, const struct amp_event *event)
{
    bool medium = event->kind == AMP_EV_MEDIUM_SHARED || event->kind == AMP_EV_MEDIUM_TAKEN;
    for (size_t i = 0; medium && i < b->of->medium_n; i++) {
        struct medium *met = &b->medium[i];
        if (met->seq == 0 && amp_str_is(event->f.label, b->of->medium[i].label)) {
            met->seq = seq;
            if (event->gone ||
                amp_str_copy(met->digest, sizeof met->digest, event->f.text) != AMP_OK) {
                met->digest[0] = '\0';
            }
            return;
        }
    }
}

static amp_err record_take(void *ctx, const struct amp_record *record)
{
    struct bundling *b = ctx;
    struct amp_event event;
    if (!may_be_of(b, record->body)) {
        return AMP_OK;
    }
    struct amp_arena arena = amp_arena_make(EVENT_ARENA);
    amp_err err = amp_event_read(record->body, &b->sealer, &arena, &event, b->why);
    if (err == AMP_OK && is_of(b, &event)) {
        if (b->n == AMP_BUNDLE_RECORDS) {
            err = amp_fail(b->why, AMP_E_LIMIT, "the incident has more than %d records",
                           AMP_BUNDLE_RECORDS);
        } else {
            b->record[b->n].seq = record->seq;
            memcpy(b->record[b->n++].leaf, record->leaf, AMP_HASH);
            record_json(b, record, &event);
            record_html(b, record, &event);
            medium_meet(b, record->seq, &event);
        }
    }
    amp_arena_drop(&arena);
    return err;
}

/* ---- the other files ---- */

static void html_begin(struct bundling *b)
{
    char id[AMP_ID_TEXT], made[AMP_TIME_TEXT];
    amp_incident_id_text(b->of->incident[0], id);
    amp_time_text(b->of->made_us, made);
    amp_buf_printf(&b->html,
                   "<!doctype html><html lang=en><meta charset=utf-8><title>%s</title><style>%.*s"
                   "</style><h1>Incident %s</h1><p>All records of this incident, in the order of "
                   "the log. Times are UTC. Made %s by ",
                   id, (int)amp_bundle_style_len, (const char *)amp_bundle_style, id, made);
    html_text(&b->html, b->of->made_by);
    amp_buf_text(&b->html, "; the making is a record, too.</p><table><thead><tr><th>record</th>"
                           "<th>time</th><th>by</th><th>what</th><th></th></tr></thead><tbody>\n");
}

static void html_media(struct bundling *b)
{
    if (b->of->medium_n == 0) {
        return;
    }
    amp_buf_text(&b->html, "<h2>Pictures, videos, sounds</h2><table><thead><tr><th>record</th>"
                           "<th>kind</th><th>bytes</th><th>SHA-256 of what was sent</th><th>file"
                           "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < b->of->medium_n; i++) {
        const struct medium *medium = &b->medium[i];
        amp_buf_printf(&b->html, "<tr><td>%llu</td><td>%s</td><td>%lld</td><td>%s</td><td>",
                       (unsigned long long)medium->seq, b->of->medium[i].type,
                       (long long)b->of->medium[i].bytes, medium->digest);
        html_text(&b->html, amp_str_of(medium->file[0] != '\0' ? medium->file : medium->absent));
        amp_buf_text(&b->html, "</td></tr>\n");
    }
    amp_buf_text(&b->html, "</tbody></table>");
}

static void html_end(struct bundling *b)
{
    amp_buf_text(&b->html, "</tbody></table>");
    html_media(b);
    amp_buf_text(&b->html, "<h2>The log</h2><p>Each record above is proved to stand "
                           "in the log below, unchanged since it was signed: VERIFY.txt says how "
                           "to check that without the server, verify.py does it.</p><dl><dt>"
                           "checkpoint</dt><dd><pre>");
    html_text(&b->html, b->of->note);
    amp_buf_text(&b->html, "</pre></dd><dt>key</dt><dd><code>");
    html_text(&b->html, b->of->vkey);
    amp_buf_printf(&b->html, "</code></dd><dt>records here</dt><dd>%zu</dd></dl></html>\n", b->n);
}

static amp_err keys_write(const struct bundling *b, struct amp_json *js)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < b->of->incident_n && err == AMP_OK; i++) {
        uint8_t key[AMP_KEY];
        char id[AMP_ID_TEXT], hex[2 * AMP_KEY + 2];
        struct amp_buf text = amp_buf_over(hex, sizeof hex);
        amp_incident_id_text(b->of->incident[i], id);
        err = amp_keys_get(b->of->keys, b->of->incident[i], key);
        if (err == AMP_OK) {
            amp_hex_put(&text, key, AMP_KEY);
            amp_json_buf_of(js, id, &text);
            amp_wipe(key, sizeof key);
            amp_wipe(hex, sizeof hex);
        } else if (err == AMP_E_NOT_FOUND) {
            amp_json_text_of(js, id, NULL); /* erased */
            err = AMP_OK;
        }
    }
    return err;
}

static amp_err keys_add(struct bundling *b, struct amp_zip *zip)
{
    struct amp_buf text = amp_buf_make(FILE_MAX);
    struct amp_json js = amp_json_make(&text);
    amp_json_open(&js, '{');
    amp_err err = keys_write(b, &js);
    amp_json_close(&js, '}');
    amp_zip_add(zip, "keys.json", amp_buf_view(&text));
    err = err ? err : amp_buf_err(&text);
    wiped(&text);
    return err;
}

static amp_err proofs_add(struct bundling *b, struct amp_zip *zip)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < b->n && err == AMP_OK; i++) {
        struct amp_tlog_proof proof = {.index = b->record[i].seq - 1, .note = b->of->note};
        struct amp_buf text = amp_buf_make(FILE_MAX), extra = amp_buf_make(FILE_MAX);
        char name[NEEDLE];
        err =
            amp_tree_inclusion(b->of->reader, proof.index, b->of->head.size, &proof.proof, b->why);
        if (err == AMP_OK) {
            amp_log_extra(b->record[i].seq, b->record[i].leaf, &extra);
            proof.extra = amp_buf_view(&extra);
            amp_tlog_proof_write(&proof, &text);
            (void)snprintf(name, sizeof name, "proofs/%llu.tlog-proof",
                           (unsigned long long)b->record[i].seq);
            amp_zip_add(zip, name, amp_buf_view(&text));
            err = amp_buf_err(&text);
        }
        amp_buf_free(&text);
        amp_buf_free(&extra);
    }
    return err;
}

/* One medium into the archive, or why it is not in it. */
static amp_err medium_add(struct bundling *b, size_t i, int64_t *room, struct amp_zip *zip)
{
    const struct amp_bundle_medium *of = &b->of->medium[i];
    struct medium *medium = &b->medium[i];
    uint8_t key[AMP_KEY];
    struct amp_buf plain = amp_buf_make(AMP_BUNDLE_MEDIA_BYTES);
    struct amp_why why = {""};
    amp_err err = amp_keys_get(b->of->keys, of->key, key);
    medium->absent = err == AMP_E_NOT_FOUND ? "erased"
                     : b->of->dir == NULL   ? "not asked for"
                     : of->bytes > *room    ? "too large for one bundle: ask for it alone"
                                            : NULL;
    if (err == AMP_OK && medium->absent == NULL) {
        err = amp_media_read(b->of->dir, of->label, key, &plain, &why);
        err = err ? err : amp_buf_err(&plain);
        medium->absent = err == AMP_E_CORRUPT ? "damaged" : err != AMP_OK ? "missing" : NULL;
    }
    if (err == AMP_OK && medium->absent == NULL) {
        (void)snprintf(medium->file, sizeof medium->file, "media/%llu.%s",
                       (unsigned long long)medium->seq, of->type);
        amp_zip_add(zip, medium->file, amp_buf_view(&plain));
        *room -= of->bytes;
    }
    amp_wipe(key, sizeof key);
    wiped(&plain);
    return err == AMP_E_NOMEM ? err : AMP_OK;
}

static void medium_json(struct amp_json *js, const struct amp_bundle_medium *of,
                        const struct medium *medium)
{
    amp_json_open(js, '{');
    amp_json_i64_of(js, "record", (int64_t)medium->seq);
    amp_json_text_of(js, "type", of->type);
    amp_json_i64_of(js, "bytes", of->bytes);
    amp_json_text_of(js, "sha256", medium->digest[0] != '\0' ? medium->digest : NULL);
    amp_json_text_of(js, "sha256_sealed", of->label);
    amp_json_text_of(js, "file", medium->file[0] != '\0' ? medium->file : NULL);
    amp_json_text_of(js, "absent", medium->absent);
    amp_json_close(js, '}');
}

static amp_err media_add(struct bundling *b, struct amp_zip *zip)
{
    int64_t room = AMP_BUNDLE_MEDIA_BYTES;
    struct amp_buf text = amp_buf_make(FILE_MAX);
    struct amp_json js = amp_json_make(&text);
    amp_err err = AMP_OK;
    amp_json_open(&js, '[');
    for (size_t i = 0; i < b->of->medium_n && err == AMP_OK; i++) {
        err = medium_add(b, i, &room, zip);
        medium_json(&js, &b->of->medium[i], &b->medium[i]);
    }
    amp_json_close(&js, ']');
    if (b->of->medium_n > 0) {
        amp_zip_add(zip, "media.json", amp_buf_view(&text));
    }
    err = err ? err : amp_buf_err(&text);
    amp_buf_free(&text);
    return err;
}

static amp_err files_add(struct bundling *b, struct amp_buf *out)
{
    struct amp_zip zip = amp_zip_begin(out);
    amp_err err = media_add(b, &zip);
    html_end(b);
    amp_zip_add(&zip, "incident.html", amp_buf_view(&b->html));
    amp_zip_add(&zip, "records.jsonl", amp_buf_view(&b->jsonl));
    amp_zip_add(&zip, "checkpoint.txt", b->of->note);
    amp_zip_add(&zip, "key.txt", b->of->vkey);
    err = err ? err : keys_add(b, &zip);
    const struct amp_str words = {(const char *)amp_bundle_words, amp_bundle_words_len};
    const struct amp_str program = {(const char *)amp_bundle_program, amp_bundle_program_len};
    amp_zip_add(&zip, "VERIFY.txt", words);
    amp_zip_add(&zip, "verify.py", program);
    err = err ? err : proofs_add(b, &zip);
    amp_zip_end(&zip);
    err = err ? err : amp_buf_err(&b->html);
    err = err ? err : amp_buf_err(&b->jsonl);
    return err ? err : amp_buf_err(out);
}

amp_err amp_bundle_write(const struct amp_bundle_of *of, struct amp_arena *arena,
                         struct amp_buf *out, struct amp_why *why)
{
    struct bundling b = {.of = of,
                         .sealer = amp_keys_sealer(of->keys),
                         .jsonl = amp_buf_make(FILE_MAX),
                         .html = amp_buf_make(FILE_MAX),
                         .why = why};
    b.record = amp_arena_array(arena, AMP_BUNDLE_RECORDS, sizeof *b.record);
    b.medium = amp_arena_array(arena, of->medium_n + 1, sizeof *b.medium);
    if (b.record == NULL || b.medium == NULL) {
        return AMP_E_NOMEM;
    }
    memset(b.medium, 0, (of->medium_n + 1) * sizeof *b.medium);
    html_begin(&b);
    amp_err err = of->reader->ops->read(of->reader, of->first, of->head.size, &b, record_take, why);
    err = err ? err : files_add(&b, out);
    wiped(&b.jsonl);
    wiped(&b.html);
    return err;
}
