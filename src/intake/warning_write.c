/* A warning that is issued: the rules, and the CAP message. */
#include "intake/warning_in.h"

#include "base/timefmt.h"
#include "intake/intake.h"
#include "model/event.h"

#include <string.h>

bool amp_warning_sender_valid(struct amp_str sender)
{
    for (size_t i = 0; i < sender.len; i++) {
        unsigned char c = (unsigned char)sender.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == ',' || c == '<' || c == '&') {
            return false;
        }
    }
    return sender.len > 0 && sender.len <= AMP_WARNING_SENDER_MAX;
}

struct rule {
    const struct amp_warning_order *order;
    struct amp_why *why;
    size_t info, area; /* at hand, from 1; 0 none */
};

static amp_err broken(const struct rule *rule, amp_err err, const char *words)
{
    if (rule->area > 0) {
        return amp_fail(rule->why, err, "info %zu, area %zu: %s", rule->info, rule->area, words);
    }
    return rule->info > 0 ? amp_fail(rule->why, err, "info %zu: %s", rule->info, words)
                          : amp_fail(rule->why, err, "the warning %s", words);
}

/* Section 3.2.4: four pairs or more, the last the first again. */
static amp_err polygon_check(const struct rule *rule, const struct amp_cap_polygon *polygon)
{
    if (polygon->n < 4) {
        return broken(rule, AMP_E_RANGE, "a polygon has four points or more, the last the first");
    }
    const struct amp_pos first = polygon->point[0];
    const struct amp_pos last = polygon->point[polygon->n - 1];
    return first.lat_e7 == last.lat_e7 && first.lon_e7 == last.lon_e7
               ? AMP_OK
               : broken(rule, AMP_E_RANGE, "a polygon is not closed: it must end where it begins");
}

static amp_err area_check(const struct rule *rule, const struct amp_cap_area *area)
{
    if (area->desc.len == 0) {
        return broken(rule, AMP_E_MISSING, "areaDesc is missing: which area it is, in words");
    }
    if (area->polygons.n + area->circles.n + area->geocodes.n == 0) {
        return broken(rule, AMP_E_MISSING, "it has no polygon, circle or geocode");
    }
    if (area->ceiling.len > 0 && area->altitude.len == 0) {
        return broken(rule, AMP_E_MISSING, "a ceiling needs an altitude beside it");
    }
    amp_err err = AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < area->polygons.n; i++) {
        err = polygon_check(rule, &area->polygons.item[i]);
    }
    for (size_t i = 0; err == AMP_OK && i < area->circles.n; i++) {
        if (!(area->circles.item[i].radius_km > 0)) {
            err = broken(rule, AMP_E_RANGE, "a circle without a radius reaches nobody");
        }
    }
    return err;
}

static amp_err times_check(const struct rule *rule, const struct amp_cap_info *info)
{
    int64_t expires_us = 0, effective_us = 0, onset_us = 0;
    if (info->expires.len == 0) {
        return broken(rule, AMP_E_MISSING, "expires is missing");
    }
    if (amp_cap_time(info->expires, &expires_us) != AMP_OK ||
        (info->effective.len > 0 && amp_cap_time(info->effective, &effective_us) != AMP_OK) ||
        (info->onset.len > 0 && amp_cap_time(info->onset, &onset_us) != AMP_OK)) {
        return broken(rule, AMP_E_RANGE, "a time is none of CAP's");
    }
    if (expires_us <= rule->order->now_us) {
        return broken(rule, AMP_E_RANGE, "expires must be after the warning is sent, and is past");
    }
    if (expires_us - rule->order->now_us > (int64_t)AMP_WARNING_LONGEST_S * AMP_US_PER_S) {
        return broken(rule, AMP_E_RANGE, "expires is more than 31 days away");
    }
    if (info->effective.len > 0 && effective_us >= expires_us) {
        return broken(rule, AMP_E_RANGE, "effective must be before expires");
    }
    return info->onset.len > 0 && onset_us >= expires_us
               ? broken(rule, AMP_E_RANGE, "onset must be before expires")
               : AMP_OK;
}

static const char *missing_of(const struct amp_cap_info *info)
{
    return info->language.len == 0    ? "language is missing"
           : info->categories.n == 0  ? "category is missing"
           : info->event.len == 0     ? "event is missing"
           : info->urgency.len == 0   ? "urgency is missing"
           : info->severity.len == 0  ? "severity is missing"
           : info->certainty.len == 0 ? "certainty is missing"
           : info->headline.len == 0  ? "headline is missing"
           : info->area_n == 0        ? "area is missing"
                                      : NULL;
}

static amp_err infos_check(struct rule *rule, const struct amp_cap *cap)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < cap->info_n; i++) {
        const struct amp_cap_info *info = &cap->info[i];
        rule->info = i + 1;
        rule->area = 0;
        const char *missing = missing_of(info);
        err = missing != NULL ? broken(rule, AMP_E_MISSING, missing) : times_check(rule, info);
        for (size_t k = 0; err == AMP_OK && k < i; k++) {
            if (amp_str_eq(cap->info[k].language, info->language)) {
                err = broken(rule, AMP_E_RANGE, "its language is there twice");
            }
        }
        for (size_t k = 0; err == AMP_OK && k < info->area_n; k++) {
            rule->area = k + 1;
            err = area_check(rule, &info->area[k]);
        }
    }
    rule->info = rule->area = 0;
    return err;
}

static amp_err head_check(const struct rule *rule, const struct amp_warning_draft *draft)
{
    const struct amp_cap *cap = &draft->cap;
    bool cancel = amp_str_is(cap->msg_type, "Cancel");
    bool alert = amp_str_is(cap->msg_type, "Alert");
    bool exercise = amp_str_is(cap->status, "Exercise");
    if (!exercise && !amp_str_is(cap->status, "Actual") && !amp_str_is(cap->status, "Test")) {
        return broken(rule, AMP_E_RANGE, "has a status that is not Actual, Exercise or Test");
    }
    if (!alert && !cancel && !amp_str_is(cap->msg_type, "Update")) {
        return broken(rule, AMP_E_RANGE, "has a msgType that is not Alert, Update or Cancel");
    }
    if (exercise && cap->note.len == 0) { /* section 3.2.1, <status> */
        return broken(rule, AMP_E_MISSING, "is an exercise and needs a note that says which");
    }
    if (alert != (draft->about == 0)) {
        return broken(rule, AMP_E_RANGE,
                      alert ? "is a first Alert and cannot be about another"
                            : "is an Update or a Cancel and has to say which it is about");
    }
    if (!cancel && cap->info_n == 0) {
        return broken(rule, AMP_E_MISSING, "says nothing: info is missing");
    }
    return amp_warning_sender_valid(rule->order->sender)
               ? AMP_OK
               : broken(rule, AMP_E_MISSING, "has no sender: serve --warnings FILE");
}

static amp_err reference_make(const struct amp_cap *cap, struct amp_arena *arena,
                              struct amp_str *out)
{
    *out = amp_cap_reference(cap, arena);
    return out->len == 0 ? AMP_E_NOMEM : out->len > AMP_LINE_MAX ? AMP_E_LIMIT : AMP_OK;
}

/* All that came before it: who missed an update still knows what this one ends. */
static amp_err references_make(const struct rule *rule, struct amp_arena *arena,
                               struct amp_cap *cap)
{
    struct amp_cap about = {0};
    struct amp_str own = {0};
    if (rule->order->about.len == 0) {
        return AMP_OK;
    }
    amp_err err = amp_cap_read(rule->order->about, arena, &about, rule->why);
    if (err == AMP_OK && !amp_str_eq(about.status, cap->status)) {
        err = broken(rule, AMP_E_RANGE, "must have the status of the one it is about");
    }
    err = err ? err : reference_make(&about, arena, &own);
    if (err == AMP_OK) {
        cap->references = about.references.len == 0
                              ? own
                              : amp_arena_printf(arena, "%.*s %.*s", (int)about.references.len,
                                                 about.references.ptr, (int)own.len, own.ptr);
    }
    return err;
}

static int64_t until_of(const struct amp_cap *cap, const struct amp_warning_order *order,
                        bool cancels)
{
    int64_t until_us = 0;
    for (size_t i = 0; i < cap->info_n; i++) {
        int64_t each_us = 0;
        amp_err err = amp_cap_time(cap->info[i].expires, &each_us);
        until_us = err == AMP_OK && each_us > until_us ? each_us : until_us;
    }
    if (cancels) {
        int64_t least_us = order->now_us + (int64_t)AMP_WARNING_CANCEL_S * AMP_US_PER_S;
        least_us = order->about_until_us > least_us ? order->about_until_us : least_us;
        until_us = until_us > least_us ? until_us : least_us;
    }
    return until_us;
}

/* "W-3-20261127T180000Z": unique also where a journal was begun anew under the same sender. */
static struct amp_str identifier_make(const struct amp_warning_order *order,
                                      struct amp_arena *arena)
{
    char id[AMP_WARNING_ID_TEXT], at[AMP_TIME_TEXT];
    amp_warning_id_text(order->number, id);
    amp_time_text(order->now_us - order->now_us % AMP_US_PER_S, at);
    return amp_arena_printf(arena, "%s-%.4s%.2s%.2sT%.2s%.2s%.2sZ", id, at, at + 5, at + 8, at + 11,
                            at + 14, at + 17);
}

static void names_fill(struct amp_cap *cap, const struct amp_warning_order *order)
{
    for (size_t i = 0; i < cap->info_n; i++) {
        if (cap->info[i].sender_name.len == 0) {
            cap->info[i].sender_name = order->sender_name;
        }
    }
}

/* A copy, so that the draft stays as it is. */
static amp_err infos_copy(struct amp_cap *cap, struct amp_arena *arena)
{
    const struct amp_cap_info *from = cap->info;
    cap->info = amp_arena_array(arena, cap->info_n + 1, sizeof *cap->info);
    if (cap->info == NULL) {
        return AMP_E_NOMEM;
    }
    if (cap->info_n > 0) {
        memcpy(cap->info, from, cap->info_n * sizeof *from);
    }
    return AMP_OK;
}

amp_err amp_warning_write(const struct amp_warning_draft *draft,
                          const struct amp_warning_order *order, struct amp_arena *arena,
                          struct amp_warning_issue *out, struct amp_why *why)
{
    struct rule rule = {.order = order, .why = why};
    struct amp_cap cap = draft->cap;
    amp_err err = head_check(&rule, draft);
    err = err ? err : infos_check(&rule, &cap);
    if (err == AMP_OK) {
        cap.identifier = identifier_make(order, arena);
        cap.sender = order->sender;
        cap.sent = amp_cap_time_text(order->now_us, arena);
        cap.scope = AMP_STR("Public");
    }
    err = err ? err : references_make(&rule, arena, &cap);
    err = err ? err : infos_copy(&cap, arena);
    if (err != AMP_OK) {
        return err;
    }
    names_fill(&cap, order);
    struct amp_warning_issue issue = {.cancels = amp_str_is(cap.msg_type, "Cancel"),
                                      .sent_us = order->now_us - order->now_us % AMP_US_PER_S};
    issue.until_us = until_of(&cap, order, issue.cancels);
    struct amp_buf text = amp_buf_make(AMP_INTAKE_MAX);
    err = reference_make(&cap, arena, &issue.reference);
    err = err ? err : amp_cap_write(&cap, arena, &text, why);
    issue.document = err == AMP_OK ? amp_arena_str(arena, amp_buf_view(&text)) : issue.document;
    amp_buf_free(&text);
    if (err == AMP_OK && !amp_cap_document_fits(issue.document)) {
        err = amp_fail(why, AMP_E_LIMIT, "the warning has more than %d bytes: shorten its texts",
                       AMP_DOCUMENT_MAX);
    }
    err = err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
    if (err == AMP_OK) {
        *out = issue;
    }
    return err;
}
