/* Two tables under one lock: accounts by name, badges by hash. */
#include "server/directory.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP = 64,
    TOKEN_MARK = 4, /* "amp_" */
    SLOT_NONE = 0
};

struct amp_directory {
    pthread_mutex_t lock;
    struct amp_who *who;
    size_t who_n, who_cap;
    struct amp_badge *badge; /* in no order */
    size_t badge_n, badge_cap;
    uint32_t *slot; /* open addressing by hash: index of the badge + 1 */
    size_t slot_cap;
};

struct amp_identity amp_identity_local(void)
{
    return (struct amp_identity){.kind = AMP_IDENTITY_LOCAL,
                                 .who = {.account = "local", .role = AMP_ROLE_ADMIN},
                                 .may = UINT32_MAX};
}

struct amp_identity amp_identity_open(void)
{
    return (struct amp_identity){.kind = AMP_IDENTITY_OPEN,
                                 .who = {.account = "desk", .role = AMP_ROLE_SUPERVISOR},
                                 .may = amp_role_may(AMP_ROLE_SUPERVISOR)};
}

amp_err amp_directory_create(struct amp_directory **out)
{
    struct amp_directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_init(&directory->lock, NULL);
    *out = directory;
    return AMP_OK;
}

void amp_directory_destroy(struct amp_directory *directory)
{
    if (directory == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&directory->lock);
    free(directory->who);
    free(directory->badge);
    free(directory->slot);
    free(directory);
}

static struct amp_who *who_find(struct amp_directory *directory, const char *account)
{
    for (size_t i = 0; i < directory->who_n; i++) {
        if (strcmp(directory->who[i].account, account) == 0) {
            return &directory->who[i];
        }
    }
    return NULL;
}

static amp_err who_put(struct amp_directory *directory, const struct amp_who *who)
{
    struct amp_who *at = who_find(directory, who->account);
    if (at == NULL && directory->who_n == directory->who_cap) {
        size_t cap = directory->who_cap + STEP;
        struct amp_who *grown = reallocarray(directory->who, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        directory->who = grown;
        directory->who_cap = cap;
    }
    if (at == NULL) {
        at = &directory->who[directory->who_n++];
    }
    *at = *who;
    return AMP_OK;
}

amp_err amp_directory_who_set(struct amp_directory *directory, const struct amp_who *who)
{
    (void)pthread_mutex_lock(&directory->lock);
    amp_err err = who_put(directory, who);
    (void)pthread_mutex_unlock(&directory->lock);
    return err;
}

/* ---- the index of badges: a hash is uniform already ---- */

static size_t slot_of(const struct amp_directory *directory, const uint8_t hash[AMP_SHA256])
{
    uint64_t word = 0;
    memcpy(&word, hash, sizeof word);
    return (size_t)word & (directory->slot_cap - 1);
}

static void slot_put(struct amp_directory *directory, size_t badge)
{
    size_t at = slot_of(directory, directory->badge[badge].hash);
    while (directory->slot[at] != SLOT_NONE) {
        at = (at + 1) & (directory->slot_cap - 1);
    }
    directory->slot[at] = (uint32_t)badge + 1;
}

static void slots_fill(struct amp_directory *directory)
{
    memset(directory->slot, 0, directory->slot_cap * sizeof *directory->slot);
    for (size_t i = 0; i < directory->badge_n; i++) {
        slot_put(directory, i);
    }
}

static bool badge_valid(const struct amp_badge *badge, int64_t now_us)
{
    /* a session lives no longer for having been opened while the clock was ahead */
    bool ahead = badge->kind == AMP_BADGE_SESSION &&
                 badge->made_us - now_us > AMP_SESSION_S * INT64_C(1000000);
    return !ahead && (badge->expires_us == 0 || now_us < badge->expires_us);
}

static struct amp_badge *badge_find(struct amp_directory *directory, const uint8_t hash[AMP_SHA256])
{
    if (directory->slot_cap == 0) {
        return NULL;
    }
    size_t at = slot_of(directory, hash);
    while (directory->slot[at] != SLOT_NONE) {
        struct amp_badge *badge = &directory->badge[directory->slot[at] - 1];
        if (amp_same(badge->hash, hash, AMP_SHA256)) {
            return badge;
        }
        at = (at + 1) & (directory->slot_cap - 1);
    }
    return NULL;
}

static amp_err badge_room(struct amp_directory *directory)
{
    if (directory->badge_n < directory->badge_cap) {
        return AMP_OK;
    }
    if (directory->badge_n >= AMP_BADGES_MAX) {
        return AMP_E_LIMIT;
    }
    size_t cap = directory->badge_cap == 0 ? STEP : directory->badge_cap * 2;
    struct amp_badge *grown = reallocarray(directory->badge, cap, sizeof *grown);
    if (grown == NULL) {
        return AMP_E_NOMEM;
    }
    directory->badge = grown;
    uint32_t *slot = calloc(4 * cap, sizeof *slot);
    if (slot == NULL) {
        return AMP_E_NOMEM;
    }
    free(directory->slot);
    directory->slot = slot;
    directory->slot_cap = 4 * cap;
    directory->badge_cap = cap;
    slots_fill(directory);
    return AMP_OK;
}

amp_err amp_directory_badge_add(struct amp_directory *directory, const struct amp_badge *badge)
{
    (void)pthread_mutex_lock(&directory->lock);
    amp_err err = badge_find(directory, badge->hash) != NULL ? AMP_E_EXISTS : AMP_OK;
    err = err == AMP_OK ? badge_room(directory) : err;
    if (err == AMP_OK) {
        directory->badge[directory->badge_n++] = *badge;
        slot_put(directory, directory->badge_n - 1);
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return err;
}

bool amp_directory_badge_drop(struct amp_directory *directory, const uint8_t hash[AMP_SHA256])
{
    (void)pthread_mutex_lock(&directory->lock);
    struct amp_badge *badge = badge_find(directory, hash);
    if (badge != NULL) {
        *badge = directory->badge[--directory->badge_n];
        slots_fill(directory); /* rare, and there are few */
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return badge != NULL;
}

size_t amp_directory_badges(struct amp_directory *directory, const char *account, unsigned kinds,
                            struct amp_badge *out, size_t cap)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->badge_n && n < cap; i++) {
        const struct amp_badge *badge = &directory->badge[i];
        if ((kinds & 1U << badge->kind) != 0 &&
            (account == NULL || strcmp(badge->account, account) == 0)) {
            out[n++] = *badge;
        }
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return n;
}

size_t amp_directory_expired(struct amp_directory *directory, unsigned kinds, int64_t now_us,
                             struct amp_badge *out, size_t cap)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->badge_n && n < cap; i++) {
        const struct amp_badge *badge = &directory->badge[i];
        if ((kinds & 1U << badge->kind) != 0 && !badge_valid(badge, now_us)) {
            out[n++] = *badge;
        }
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return n;
}

bool amp_directory_badge_by_id(struct amp_directory *directory, const char *id,
                               struct amp_badge *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->badge_n && !found; i++) {
        char mine[AMP_BADGE_ID];
        amp_badge_id(directory->badge[i].hash, mine);
        found = strcmp(mine, id) == 0;
        if (found) {
            *out = directory->badge[i];
        }
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return found;
}

/* ---- what is shown ---- */

void amp_badge_text(enum amp_badge_kind kind, const uint8_t secret[AMP_KEY],
                    char out[AMP_BADGE_TEXT], uint8_t hash[AMP_SHA256])
{
    struct amp_buf text = amp_buf_over(out, AMP_BADGE_TEXT);
    if (kind == AMP_BADGE_TOKEN) {
        amp_buf_text(&text, "amp_");
    }
    amp_base64url_put(&text, secret, AMP_KEY);
    (void)amp_buf_cstr(&text);
    assert(amp_buf_err(&text) == AMP_OK);
    amp_sha256(secret, AMP_KEY, hash);
}

void amp_badge_id(const uint8_t hash[AMP_SHA256], char out[AMP_BADGE_ID])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < (AMP_BADGE_ID - 1) / 2; i++) {
        out[2 * i] = digit[hash[i] >> 4];
        out[2 * i + 1] = digit[hash[i] & 15];
    }
    out[AMP_BADGE_ID - 1] = '\0';
}

static bool text_hash(struct amp_str text, uint8_t hash[AMP_SHA256], bool *token)
{
    uint8_t secret[AMP_KEY];
    size_t len = 0;
    *token = amp_str_starts(text, AMP_STR("amp_"));
    if (*token) {
        text = (struct amp_str){.ptr = text.ptr + TOKEN_MARK, .len = text.len - TOKEN_MARK};
    }
    if (amp_base64url_read(text, secret, sizeof secret, &len) != AMP_OK || len != sizeof secret) {
        return false;
    }
    amp_sha256(secret, sizeof secret, hash);
    amp_wipe(secret, sizeof secret);
    return true;
}

bool amp_directory_identify(struct amp_directory *directory, struct amp_str text, int64_t now_us,
                            struct amp_identity *out)
{
    uint8_t hash[AMP_SHA256];
    bool token = false;
    if (!text_hash(text, hash, &token)) {
        return false;
    }
    (void)pthread_mutex_lock(&directory->lock);
    struct amp_badge *badge = badge_find(directory, hash);
    const struct amp_who *who = badge != NULL ? who_find(directory, badge->account) : NULL;
    bool good = who != NULL && !who->disabled && badge_valid(badge, now_us) &&
                badge->kind == (token ? AMP_BADGE_TOKEN : AMP_BADGE_SESSION);
    if (good) {
        badge->seen_us = now_us > badge->seen_us ? now_us : badge->seen_us;
        *out = (struct amp_identity){.kind = AMP_IDENTITY_BADGE,
                                     .who = *who,
                                     .may = amp_role_may(who->role) & badge->may,
                                     .badge_kind = badge->kind};
        amp_badge_id(hash, out->badge);
        memcpy(out->factor, badge->factor, sizeof out->factor);
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return good;
}

bool amp_directory_setup(struct amp_directory *directory, struct amp_str text, int64_t now_us,
                         struct amp_badge *out)
{
    uint8_t hash[AMP_SHA256];
    bool token = false;
    if (!text_hash(text, hash, &token) || token) {
        return false;
    }
    (void)pthread_mutex_lock(&directory->lock);
    const struct amp_badge *badge = badge_find(directory, hash);
    bool good = badge != NULL && badge->kind == AMP_BADGE_SETUP && badge_valid(badge, now_us);
    if (good) {
        *out = *badge;
    }
    (void)pthread_mutex_unlock(&directory->lock);
    return good;
}
