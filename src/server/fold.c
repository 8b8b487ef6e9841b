/* Folding, and the files that make it short. */
#include "server/fold.h"
#include "base/reader.h"
#include "model/snapshot.h"
#include "response/apply.h"
#include "server/log.h"
#include "server/random.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECORD_ARENA = 8 << 20,
    CHUNK = 1 << 20, /* bytes sealed at once */
    SECRET_BYTES = AMP_KEY + 8 + AMP_HASH,
    SECRET_MAX = 4096,
    MAGIC = 8,
    ABOUT = 48
};
static const char magic[MAGIC] = {'A', 'M', 'P', 'S', 'N', 'A', 'P', '1'};

void amp_fold_snapshot_name(uint64_t seq, char out[AMP_SNAPSHOT_NAME])
{
    (void)snprintf(out, AMP_SNAPSHOT_NAME, "snapshot/%020llu", (unsigned long long)seq);
}

static amp_err file_path(const char *dir, uint64_t seq, const char *end,
                         char out[AMP_SNAPSHOT_PATH])
{
    int n =
        snprintf(out, AMP_SNAPSHOT_PATH, "%s/snapshot-%llu%s", dir, (unsigned long long)seq, end);
    return n > 0 && n < AMP_SNAPSHOT_PATH ? AMP_OK : AMP_E_LIMIT;
}

/* What a chunk is sealed about: which file, which place in it, and whether it is the last. */
static struct amp_str about_chunk(char out[ABOUT], uint64_t seq, uint64_t chunk, bool last)
{
    int n = snprintf(out, ABOUT, "%llu %llu %s", (unsigned long long)seq, (unsigned long long)chunk,
                     last ? "last" : "more");
    return (struct amp_str){out, (size_t)n};
}

/* ---- writing ---- */

struct saving {
    FILE *file;
    uint8_t key[AMP_KEY];
    uint64_t seq, chunk;
    struct amp_buf plain, sealed;
};

static amp_err chunk_save(struct saving *saving, bool last)
{
    char about[ABOUT];
    uint8_t nonce[AMP_NONCE];
    amp_random(nonce, sizeof nonce);
    amp_buf_clear(&saving->sealed);
    amp_buf_le32(&saving->sealed, (uint32_t)(saving->plain.len + AMP_SEAL_EXTRA));
    amp_buf_char(&saving->sealed, last ? 1 : 0);
    amp_seal(saving->key, nonce, about_chunk(about, saving->seq, saving->chunk++, last),
             amp_buf_view(&saving->plain), &saving->sealed);
    amp_buf_clear(&saving->plain);
    if (amp_buf_err(&saving->sealed) != AMP_OK) {
        return amp_buf_err(&saving->sealed);
    }
    size_t n = fwrite(saving->sealed.data, 1, saving->sealed.len, saving->file);
    return n == saving->sealed.len ? AMP_OK : AMP_E_IO;
}

static amp_err save_put(void *ctx, const void *data, size_t len)
{
    struct saving *saving = ctx;
    const char *at = data;
    while (len > 0) {
        size_t room = CHUNK - saving->plain.len;
        size_t part = len < room ? len : room;
        amp_buf_put(&saving->plain, at, part);
        at += part;
        len -= part;
        amp_err err = amp_buf_err(&saving->plain);
        if (err == AMP_OK && saving->plain.len == CHUNK) {
            err = chunk_save(saving, false);
        }
        if (err != AMP_OK) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err file_save(struct saving *saving, const char *path, const struct amp_state *state)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    saving->file = fd >= 0 ? fdopen(fd, "wbe") : NULL;
    if (saving->file == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return AMP_E_IO;
    }
    saving->plain = amp_buf_make(CHUNK);
    saving->sealed = amp_buf_make(CHUNK + 2 * AMP_SEAL_EXTRA);
    amp_err err = fwrite(magic, 1, MAGIC, saving->file) == MAGIC ? AMP_OK : AMP_E_IO;
    err = err == AMP_OK ? amp_snapshot_write(state, save_put, saving) : err;
    err = err == AMP_OK ? chunk_save(saving, true) : err;
    if (err == AMP_OK && (fflush(saving->file) != 0 || fsync(fd) != 0)) {
        err = AMP_E_IO;
    }
    (void)fclose(saving->file);
    if (saving->plain.data != NULL) {
        amp_wipe(saving->plain.data, saving->plain.cap);
    }
    amp_buf_free(&saving->plain);
    amp_buf_free(&saving->sealed);
    return err;
}

static amp_err names_sync(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? AMP_OK : AMP_E_IO;
}

amp_err amp_fold_save(const char *dir, struct amp_keys *keys, const struct amp_state *state,
                      const struct amp_head *head, struct amp_buf *secret, struct amp_why *why)
{
    char fresh[AMP_SNAPSHOT_PATH], path[AMP_SNAPSHOT_PATH], name[AMP_SNAPSHOT_NAME];
    struct saving saving = {.seq = head->size};
    struct amp_buf plain = amp_buf_make(SECRET_MAX);
    amp_err err = file_path(dir, head->size, ".new", fresh);
    err = err == AMP_OK ? file_path(dir, head->size, "", path) : err;
    if (err != AMP_OK) {
        return err;
    }
    amp_random(saving.key, sizeof saving.key);
    err = file_save(&saving, fresh, state);
    if (err == AMP_OK && rename(fresh, path) != 0) {
        err = AMP_E_IO;
    }
    err = err == AMP_OK ? names_sync(dir) : err;
    if (err != AMP_OK) {
        int saved = errno;
        (void)unlink(fresh);
        return amp_fail(why, err, "a snapshot cannot be written in %s: %s", dir, strerror(saved));
    }
    amp_buf_put(&plain, saving.key, AMP_KEY);
    amp_buf_le64(&plain, head->size);
    amp_buf_put(&plain, head->root, AMP_HASH);
    amp_fold_snapshot_name(head->size, name);
    err = amp_buf_err(&plain);
    amp_keys_wrap(keys, amp_str_of(name), amp_buf_view(&plain), secret);
    amp_wipe(saving.key, sizeof saving.key);
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    return err ? err : amp_buf_err(secret);
}

void amp_fold_tidy(const char *dir, uint64_t keep)
{
    char name[AMP_SNAPSHOT_NAME];
    DIR *at = opendir(dir);
    (void)snprintf(name, sizeof name, "snapshot-%llu", (unsigned long long)keep);
    for (struct dirent *entry = at != NULL ? readdir(at) : NULL; entry != NULL;
         entry = readdir(at)) {
        if (strncmp(entry->d_name, "snapshot-", 9) == 0 && strcmp(entry->d_name, name) != 0) {
            (void)unlinkat(dirfd(at), entry->d_name, 0);
        }
    }
    if (at != NULL) {
        (void)closedir(at);
    }
}

/* ---- reading ---- */

struct loading {
    FILE *file;
    uint8_t key[AMP_KEY];
    struct amp_head head;
    uint64_t chunk;
    bool ended;
    struct amp_buf plain, sealed;
    size_t at; /* in plain */
};

static amp_err chunk_load(struct loading *loading)
{
    uint8_t head[5];
    char about[ABOUT];
    if (loading->ended || fread(head, 1, sizeof head, loading->file) != sizeof head) {
        return AMP_E_CORRUPT;
    }
    struct amp_reader rd = amp_reader_make(head, sizeof head);
    uint32_t len = amp_reader_le32(&rd);
    bool last = amp_reader_u8(&rd) == 1;
    if (len < AMP_SEAL_EXTRA || len > CHUNK + AMP_SEAL_EXTRA) {
        return AMP_E_CORRUPT;
    }
    amp_buf_clear(&loading->sealed);
    amp_buf_clear(&loading->plain);
    loading->at = 0;
    void *room = amp_buf_extend(&loading->sealed, len);
    if (room == NULL) {
        return AMP_E_NOMEM;
    }
    if (fread(room, 1, len, loading->file) != len) {
        return AMP_E_CORRUPT;
    }
    loading->ended = last;
    return amp_unseal(loading->key, about_chunk(about, loading->head.size, loading->chunk++, last),
                      amp_buf_view(&loading->sealed), &loading->plain);
}

static amp_err load_get(void *ctx, void *data, size_t len)
{
    struct loading *loading = ctx;
    char *to = data;
    while (len > 0) {
        if (loading->at == loading->plain.len) {
            amp_err err = chunk_load(loading);
            if (err != AMP_OK) {
                return err;
            }
            continue;
        }
        size_t left = loading->plain.len - loading->at;
        size_t part = len < left ? len : left;
        memcpy(to, loading->plain.data + loading->at, part);
        loading->at += part;
        to += part;
        len -= part;
    }
    return AMP_OK;
}

static amp_err file_load(struct loading *loading, const char *dir, struct amp_state *state,
                         struct amp_why *why)
{
    char path[AMP_SNAPSHOT_PATH], start[MAGIC];
    amp_err err = file_path(dir, loading->head.size, "", path);
    loading->file = err == AMP_OK ? fopen(path, "rbe") : NULL;
    if (loading->file == NULL) {
        return amp_fail(why, AMP_E_NOT_FOUND, "its file is not there");
    }
    loading->plain = amp_buf_make(CHUNK);
    loading->sealed = amp_buf_make(CHUNK + AMP_SEAL_EXTRA);
    bool good = fread(start, 1, MAGIC, loading->file) == MAGIC && memcmp(start, magic, MAGIC) == 0;
    err = good ? amp_snapshot_read(load_get, loading, state, why) : AMP_E_CORRUPT;
    if (err == AMP_OK && state->seq != loading->head.size) {
        amp_state_finish(state);
        err = AMP_E_CORRUPT;
    }
    (void)fclose(loading->file);
    if (loading->plain.data != NULL) {
        amp_wipe(loading->plain.data, loading->plain.cap);
    }
    amp_buf_free(&loading->plain);
    amp_buf_free(&loading->sealed);
    return err;
}

struct newest {
    struct amp_keys *keys;
    struct amp_buf plain; /* of the last one that opened */
};

static amp_err newest_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct newest *newest = ctx;
    amp_buf_clear(&newest->plain);
    return amp_keys_unwrap(newest->keys, name, value, &newest->plain);
}

/* AMP_E_NOT_FOUND: there is none to use. */
static amp_err snapshot_load(struct amp_store *store, struct amp_keys *keys, const char *dir,
                             struct amp_state *state, struct amp_head *head, struct amp_why *why)
{
    struct newest newest = {.keys = keys, .plain = amp_buf_make(SECRET_MAX)};
    struct loading loading = {.chunk = 0};
    amp_err err = store->ops->secrets(store, AMP_STR("snapshot/"), &newest, newest_visit, why);
    if (err == AMP_OK && newest.plain.len != SECRET_BYTES) {
        err = AMP_E_NOT_FOUND;
    }
    if (err == AMP_OK) {
        struct amp_reader rd = amp_reader_make(newest.plain.data, newest.plain.len);
        memcpy(loading.key, amp_reader_bytes(&rd, AMP_KEY).ptr, AMP_KEY);
        loading.head.size = amp_reader_le64(&rd);
        memcpy(loading.head.root, amp_reader_bytes(&rd, AMP_HASH).ptr, AMP_HASH);
        err = file_load(&loading, dir, state, why);
    }
    if (err == AMP_OK) {
        *head = loading.head;
    }
    if (newest.plain.data != NULL) {
        amp_wipe(newest.plain.data, newest.plain.cap);
    }
    amp_buf_free(&newest.plain);
    amp_wipe(&loading, sizeof loading);
    return err;
}

/* ---- the fold ---- */

struct fold {
    struct amp_state *state;
    struct amp_sealer sealer;
    struct amp_arena arena;
    struct amp_why why;
    const atomic_bool *stop;
    struct amp_incident_id *gone; /* incidents whose data could not be read */
    size_t gone_n, gone_cap;
};

static amp_err gone_note(struct fold *fold, struct amp_incident_id id)
{
    if (fold->gone_n > 0 && fold->gone[fold->gone_n - 1].n == id.n) {
        return AMP_OK;
    }
    if (fold->gone_n == fold->gone_cap) {
        size_t cap = fold->gone_cap * 2 + 64;
        struct amp_incident_id *grown = reallocarray(fold->gone, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        fold->gone = grown;
        fold->gone_cap = cap;
    }
    fold->gone[fold->gone_n++] = id;
    return AMP_OK;
}

static amp_err fold_record(void *ctx, const struct amp_record *record)
{
    struct fold *fold = ctx;
    struct amp_event event;
    if (fold->stop != NULL && atomic_load(fold->stop)) {
        return AMP_E_BUSY;
    }
    amp_arena_reset(&fold->arena);
    amp_err err = amp_event_read(record->body, &fold->sealer, &fold->arena, &event, &fold->why);
    if (err == AMP_OK && event.gone) {
        err = gone_note(fold, event.f.incident);
    }
    if (err != AMP_OK) {
        return err;
    }
    event.seq = record->seq;
    return amp_apply(fold->state, &event, &fold->why);
}

/* Data without a key and without an erasure in the record: somebody took the key away. */
static uint64_t keyless_count(const struct fold *fold)
{
    uint64_t n = 0;
    for (size_t i = 0; i < fold->gone_n; i++) {
        const struct amp_incident *incident = amp_state_incident(fold->state, fold->gone[i]);
        while (incident != NULL && incident->into.n != 0) {
            incident = amp_state_incident(fold->state, incident->into);
        }
        n += incident == NULL || incident->erased_us == 0;
    }
    return n;
}

static amp_err journal_fold(struct amp_store *store, struct fold *fold, const struct amp_head *from,
                            struct amp_fold_result *out, struct amp_why *why)
{
    const struct amp_journal_visit visit = {.ctx = fold, .record = fold_record};
    amp_err err = amp_journal_open(store, &visit, from, &out->journal, &out->bad, why);
    if (err != AMP_OK && fold->why.text[0] != '\0') {
        return amp_fail(why, err, "the journal cannot be folded after record %llu: %s",
                        (unsigned long long)fold->state->seq, fold->why.text);
    }
    out->from = from != NULL ? from->size : 0;
    out->keyless = err == AMP_OK ? keyless_count(fold) : 0;
    return err;
}

/* From the snapshot and what follows it. The state is gone again unless AMP_OK. */
static amp_err snapshot_fold(const struct amp_fold_source *source, struct fold *fold,
                             struct amp_fold_result *out, struct amp_why *why)
{
    struct amp_head head = {.size = 0};
    if (source->dir == NULL) {
        return AMP_E_NOT_FOUND;
    }
    amp_err err = snapshot_load(source->store, source->keys, source->dir, fold->state, &head, why);
    if (err != AMP_OK) {
        return err;
    }
    err = journal_fold(source->store, fold, &head, out, why);
    if (err != AMP_OK) {
        amp_state_finish(fold->state);
    }
    return err;
}

amp_err amp_fold_run(const struct amp_fold_source *source, struct amp_state *state,
                     struct amp_fold_result *out, struct amp_why *why)
{
    struct fold fold = {.state = state,
                        .sealer = amp_keys_sealer(source->keys),
                        .arena = amp_arena_make(RECORD_ARENA),
                        .stop = source->stop};
    struct amp_why said = {""};
    *out = (struct amp_fold_result){.journal = NULL};
    amp_err err = snapshot_fold(source, &fold, out, &said);
    if (err != AMP_OK && err != AMP_E_BUSY) { /* whatever was wrong: the journal is the truth */
        if (said.text[0] != '\0') {
            amp_log(false, AMP_LOG_WARN, "snapshot-unused", "%s; folding the whole journal",
                    said.text);
        }
        fold.gone_n = 0;
        fold.why.text[0] = '\0';
        err = amp_state_init(state);
        err = err == AMP_OK ? journal_fold(source->store, &fold, NULL, out, why) : err;
        if (err != AMP_OK) {
            amp_state_finish(state);
        }
    }
    amp_arena_drop(&fold.arena);
    free(fold.gone);
    return err;
}
