/* A fold of a log to the names of its media, and their copies. */
#include "server/mediacopy.h"
#include "base/json.h"
#include "model/event.h"
#include "model/state.h"
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAP = 64
};

struct incident { /* [number - 1] */
    uint32_t into;
    bool erased;
};

struct amp_media_fold {
    struct amp_media_names all;
    struct incident *incident;
    size_t incident_n;
};

/* ---- the fold ---- */

struct amp_media_fold *amp_media_fold_create(void)
{
    return calloc(1, sizeof(struct amp_media_fold));
}

void amp_media_fold_destroy(struct amp_media_fold *fold)
{
    if (fold != NULL) {
        amp_media_names_free(&fold->all);
        free(fold->incident);
        free(fold);
    }
}

static struct incident *incident_at(struct amp_media_fold *fold, uint32_t n)
{
    if (n > fold->incident_n) {
        size_t twice =
            2 * fold->incident_n < AMP_INCIDENTS_MAX ? 2 * fold->incident_n : AMP_INCIDENTS_MAX;
        size_t wanted = n > twice ? n : twice;
        struct incident *more = reallocarray(fold->incident, wanted, sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        memset(more + fold->incident_n, 0, (wanted - fold->incident_n) * sizeof *more);
        fold->incident = more;
        fold->incident_n = wanted;
    }
    return &fold->incident[n - 1];
}

/* The number of an incident; 0: it is none. */
static uint32_t incident_in(const json_t *body, const char *member)
{
    struct amp_str text = {0};
    struct amp_incident_id id = {0};
    if (amp_json_str(body, member, &text, NULL) != AMP_OK ||
        amp_incident_id_parse(text, &id) != AMP_OK || id.n > AMP_INCIDENTS_MAX) {
        return 0;
    }
    return id.n;
}

/* It becomes the name of a file: 64 hexadecimal digits and nothing else. */
static bool is_label(struct amp_str text)
{
    bool good = text.len == 2 * AMP_SHA256;
    for (size_t i = 0; good && i < text.len; i++) {
        char c = text.ptr[i];
        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return good;
}

static amp_err name_add(struct amp_media_names *names, const struct amp_media_named *name)
{
    if (names->n == names->cap) {
        size_t cap = names->cap > 0 ? names->cap * 2 : FIRST_CAP;
        struct amp_media_named *more = reallocarray(names->name, cap, sizeof *more);
        if (more == NULL) {
            return AMP_E_NOMEM;
        }
        names->name = more;
        names->cap = cap;
    }
    names->name[names->n++] = *name;
    return AMP_OK;
}

static amp_err medium_take(struct amp_media_fold *fold, uint64_t seq, uint32_t incident,
                           const json_t *body)
{
    struct amp_media_named name = {.incident = incident, .seq = seq};
    struct amp_str label = {0};
    if (amp_json_str(body, "label", &label, NULL) != AMP_OK || !is_label(label) ||
        amp_str_copy(name.label, sizeof name.label, label) != AMP_OK) {
        return AMP_OK; /* not written by us: there is no such file */
    }
    return name_add(&fold->all, &name);
}

static bool is_kind(struct amp_str kind, enum amp_event_kind of)
{
    return amp_str_is(kind, amp_event_rows[of].name);
}

static amp_err body_take(struct amp_media_fold *fold, uint64_t seq, const json_t *body)
{
    struct amp_str kind = {0};
    uint32_t n = incident_in(body, "incident");
    if (n == 0 || amp_json_str(body, "kind", &kind, NULL) != AMP_OK) {
        return AMP_OK;
    }
    struct incident *incident = incident_at(fold, n);
    if (incident == NULL) {
        return AMP_E_NOMEM;
    }
    if (is_kind(kind, AMP_EV_MEDIUM_SHARED) || is_kind(kind, AMP_EV_MEDIUM_TAKEN)) {
        return medium_take(fold, seq, n, body);
    }
    if (is_kind(kind, AMP_EV_INCIDENT_ERASED)) {
        incident->erased = true;
    } else if (is_kind(kind, AMP_EV_INCIDENT_MERGED)) {
        incident->into = incident_in(body, "into");
    }
    return AMP_OK;
}

/* Cheap before exact: a quote inside of a text is escaped, so this is no text of a caller. */
static bool may_count(struct amp_str body)
{
    static const char *const marks[] = {"\"medium-", "\"incident-erased\"", "\"incident-merged\""};
    for (size_t i = 0; body.len > 0 && i < sizeof marks / sizeof marks[0]; i++) {
        if (memmem(body.ptr, body.len, marks[i], strlen(marks[i])) != NULL) {
            return true;
        }
    }
    return false;
}

amp_err amp_media_fold_take(struct amp_media_fold *fold, uint64_t seq, struct amp_str body)
{
    json_t *obj = NULL;
    if (!may_count(body) || amp_json_read(body, AMP_EVENT_BYTES, &obj, NULL) != AMP_OK) {
        return AMP_OK; /* a record need not be an event */
    }
    amp_err err = body_take(fold, seq, obj);
    json_decref(obj);
    return err;
}

/* It, or what it was merged into, however far. */
static bool is_erased(const struct amp_media_fold *fold, uint32_t n)
{
    for (unsigned far = 0; n != 0 && n <= fold->incident_n && far <= AMP_MERGED_MAX; far++) {
        if (fold->incident[n - 1].erased) {
            return true;
        }
        n = fold->incident[n - 1].into;
    }
    return false;
}

amp_err amp_media_fold_names(const struct amp_media_fold *fold, struct amp_media_names *out)
{
    struct amp_media_names names = {0};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < fold->all.n && err == AMP_OK; i++) {
        if (!is_erased(fold, fold->all.name[i].incident)) {
            err = name_add(&names, &fold->all.name[i]);
        }
    }
    if (err != AMP_OK) {
        amp_media_names_free(&names);
        return err;
    }
    *out = names;
    return AMP_OK;
}

static amp_err record_take(void *ctx, const struct amp_record *record)
{
    return amp_media_fold_take(ctx, record->seq, record->body);
}

amp_err amp_media_names(struct amp_store *store, struct amp_media_names *out, struct amp_why *why)
{
    struct amp_media_fold *fold = amp_media_fold_create();
    struct amp_head head;
    amp_err err = fold != NULL ? store->ops->head(store, &head, why) : AMP_E_NOMEM;
    if (err == AMP_OK && head.size > 0) {
        err = store->ops->read(store, 1, head.size, fold, record_take, why);
    }
    err = err ? err : amp_media_fold_names(fold, out);
    amp_media_fold_destroy(fold);
    return err;
}

void amp_media_names_free(struct amp_media_names *names)
{
    free(names->name);
    *names = (struct amp_media_names){0};
}

/* ---- copies ---- */

static void absent_say(struct amp_media_copied *copied, const struct amp_media_named *name,
                       bool damaged)
{
    if (damaged) {
        copied->damaged++;
    } else {
        copied->missing++;
    }
    if (copied->said_n < AMP_MEDIA_SAID) {
        copied->said_damaged[copied->said_n] = damaged;
        copied->said[copied->said_n++] = *name;
    }
}

/* Was it erased while we copied? Then the log at its place does not name it any more. */
static bool still_named(struct amp_media_names *now, const char *from, const char *label)
{
    struct amp_store *store = NULL;
    if (now->cap == 0) {
        amp_err err = amp_store_sqlite(from, true, &store, NULL);
        err = err ? err : amp_media_names(store, now, NULL);
        amp_store_close(store);
        if (err != AMP_OK) {
            return true;
        }
    }
    for (size_t i = 0; i < now->n; i++) {
        if (strcmp(now->name[i].label, label) == 0) {
            return true;
        }
    }
    return false;
}

struct copying {
    const char *from, *also, *to;
    struct amp_media_names now; /* of the log at `from`, once it was asked */
    struct amp_media_copied *copied;
};

static amp_err one_copy(struct copying *copying, const struct amp_media_named *name,
                        struct amp_why *why)
{
    struct amp_media_copied *copied = copying->copied;
    uint64_t bytes = 0;
    amp_err err = amp_media_copy_one(copying->from, copying->to, name->label, &bytes, why);
    bool damaged = err == AMP_E_CORRUPT;
    if ((damaged || err == AMP_E_NOT_FOUND) && copying->also != NULL) {
        err = amp_media_copy_one(copying->also, copying->to, name->label, &bytes, why);
    }
    if (err == AMP_E_CORRUPT || err == AMP_E_NOT_FOUND) {
        if (damaged || still_named(&copying->now, copying->from, name->label)) {
            absent_say(copied, name, damaged || err == AMP_E_CORRUPT);
        }
        return AMP_OK;
    }
    if (err == AMP_OK) {
        copied->n++;
        copied->bytes += bytes;
    }
    return err;
}

static amp_err all_copy(void *ctx, struct amp_store *store, const char *from, const char *also,
                        const char *to, struct amp_why *why)
{
    struct amp_media_names names = {0};
    struct copying copying = {.from = from, .also = also, .to = to, .copied = ctx};
    *copying.copied = (struct amp_media_copied){0};
    amp_err err = amp_media_names(store, &names, why);
    for (size_t i = 0; i < names.n && err == AMP_OK; i++) {
        err = one_copy(&copying, &names.name[i], why);
    }
    amp_media_names_free(&names);
    amp_media_names_free(&copying.now);
    return err;
}

struct amp_beside amp_media_beside(struct amp_media_copied *copied)
{
    return (struct amp_beside){.ctx = copied, .folder = "media", .copy = all_copy};
}
