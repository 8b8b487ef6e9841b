/* Reports of the SIP door to the server: their members, and the way to the carrier. */
#include "cli/sip_report.h"
#include "intake/held.h"
#include "server/log.h"
#include "server/random.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

bool amp_sip_tell(const struct amp_sip_door *door, enum amp_sip_link_kind kind, uint32_t id,
                  const char *key, struct amp_str body)
{
    const struct amp_sip_link_head head = {.id = id,
                                           .kind = (uint16_t)kind,
                                           .key_len = (uint32_t)strlen(key),
                                           .body_len = (uint32_t)body.len};
    struct amp_buf out = amp_buf_make(sizeof head + AMP_SIP_LINK_KEY + AMP_SIP_LINK_BODY);
    amp_buf_put(&out, &head, sizeof head);
    amp_buf_text(&out, key);
    amp_buf_str(&out, body);
    bool sent = amp_buf_err(&out) == AMP_OK &&
                send(door->link, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
    amp_buf_free(&out);
    return sent;
}

void amp_sip_ref(struct amp_str ref, char out[AMP_LINE_MAX + 1])
{
    uint64_t random = 0;
    if (ref.len == 0 || amp_str_copy(out, AMP_LINE_MAX + 1, ref) != AMP_OK) {
        amp_random(&random, sizeof random);
        (void)snprintf(out, AMP_LINE_MAX + 1, "no-call-id-%016llx", (unsigned long long)random);
    }
}

void amp_sip_member_put(struct amp_json *js, const char *name, struct amp_str text, bool there)
{
    if (there && text.len > 0) {
        amp_json_str_of(js, name, text);
    }
}

void amp_sip_where_put(struct amp_json *js, const struct amp_report *report)
{
    const struct amp_fields *f = &report->f;
    if (report->located) {
        amp_json_key(js, "pos");
        amp_json_open(js, '{');
        amp_json_pos_of(js, f->pos);
        amp_json_close(js, '}');
    }
    if (report->located && (f->has & AMP_HAS(RADIUS_M)) != 0) {
        amp_json_i64_of(js, "radius_m", f->radius_m);
    }
    if (report->located && (f->has & AMP_HAS(CONFIDENCE_PCT)) != 0) {
        amp_json_i64_of(js, "confidence_pct", f->confidence_pct);
    }
    if (report->located && (f->has & AMP_HAS(FIX_TIME)) != 0) {
        amp_json_time_of(js, "fix_time", f->fix_time);
    }
    amp_sip_member_put(js, "source", f->source, report->located && (f->has & AMP_HAS(SOURCE)) != 0);
    amp_sip_member_put(js, "place", f->place, (f->has & AMP_HAS(PLACE)) != 0);
}

/* What the call brought in its bodies, what was odd about it, where its place can be asked for. */
void amp_sip_words_put(struct amp_json *js, const struct amp_sip_call *in, bool opens)
{
    struct amp_buf text = amp_buf_make(AMP_SIP_LINK_BODY);
    const struct amp_report *report = &in->report;
    if (opens && in->called.len > 0) {
        amp_buf_text(&text, "called: ");
        amp_buf_str(&text, in->called);
        amp_buf_text(&text, report->f.words.len > 0 ? "\n" : "");
    }
    amp_buf_str(&text, report->f.words);
    for (size_t i = 0; i < report->warning_n; i++) {
        amp_buf_text(&text, text.len > 0 ? "\n" : "");
        amp_buf_str(&text, report->warning[i]);
    }
    if (in->reference.len > 0) {
        amp_buf_text(&text, text.len > 0 ? "\n" : "");
        amp_buf_str(&text, in->reference);
    }
    struct amp_str words = amp_buf_view(&text);
    size_t len = 0, step = words.len > 0 ? amp_utf8_step(words.ptr, words.len) : 0;
    while (step > 0 && len + step <= AMP_TEXT_MAX) { /* cut between characters */
        len += step;
        step = len < words.len ? amp_utf8_step(words.ptr + len, words.len - len) : 0;
    }
    if (len > 0) {
        amp_json_str_of(js, "words", (struct amp_str){words.ptr, len});
    }
    amp_buf_free(&text);
}

void amp_sip_who_put(struct amp_json *js, const struct amp_sip_call *in)
{
    const struct amp_fields *f = &in->report.f;
    amp_sip_member_put(js, "number", f->number, (f->has & AMP_HAS(NUMBER)) != 0);
    amp_sip_member_put(js, "name", f->name, (f->has & AMP_HAS(NAME)) != 0);
    amp_sip_member_put(js, "device", f->device, (f->has & AMP_HAS(DEVICE)) != 0);
    amp_sip_member_put(js, "tracking", in->incident, true);
}

const struct amp_report *amp_sip_location(const struct amp_sip_door *door, uint16_t status,
                                          struct amp_str body, struct amp_arena *arena)
{
    struct amp_held *held = amp_arena_alloc(arena, sizeof *held);
    struct amp_report *report = amp_arena_alloc(arena, sizeof *report);
    struct amp_why why = {""};
    bool good = status == 200 && held != NULL && report != NULL &&
                amp_held_read(body, arena, held, &why) == AMP_OK &&
                held->kind == AMP_HELD_RESPONSE && held->pidf != NULL;
    if (good) {
        amp_pidf_report(held->pidf, arena, report);
        good = report->located || (report->f.has & AMP_HAS(PLACE)) != 0;
    }
    if (!good) {
        amp_log(door->quiet, AMP_LOG_WARN, "sip-location",
                "a location by reference was not to be had (%u)", status);
    }
    return good ? report : NULL;
}

bool amp_sip_ask_at(const struct amp_sip_door *door, enum amp_sip_link_kind kind, uint32_t id,
                    struct amp_str address)
{
    bool asked = address.len > 0 && amp_sip_tell(door, kind, id, "", address);
    if (address.len > 0 && !asked) {
        amp_log(door->quiet, AMP_LOG_WARN, "sip-location", "%s could not be asked for",
                kind == AMP_SIP_LINK_LOCATION ? "a location" : "Additional Data");
    }
    return asked;
}

void amp_sip_ask(const struct amp_sip_door *door, uint32_t id, const struct amp_sip_call *in)
{
    (void)amp_sip_ask_at(door, AMP_SIP_LINK_LOCATION, id, in->reference);
    for (size_t i = 0; i < in->additional_n; i++) {
        (void)amp_sip_ask_at(door, AMP_SIP_LINK_ADDITIONAL, id, in->additional[i]);
    }
}

const struct amp_sip_call *amp_sip_additional(const struct amp_sip_door *door, uint16_t status,
                                              struct amp_str body, struct amp_arena *arena)
{
    struct amp_sip_call *out = amp_arena_alloc(arena, sizeof *out);
    struct amp_why why = {""};
    bool good = status == 200 && out != NULL &&
                amp_sip_additional_read(body, arena, out, &why) == AMP_OK &&
                out->report.f.words.len > 0;
    if (!good) {
        amp_log(door->quiet, AMP_LOG_WARN, "sip-location",
                "Additional Data by reference was not to be had (%u)", status);
    }
    return good ? out : NULL;
}
