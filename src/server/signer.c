/*
 * Signs checkpoints of the journal, and keeps the key that signs.
 *
 * Secrets: "log/origin" and "log/vkey" (readable by all tools), "log/seed" (sealed under the master
 * key), "log/checkpoint" (the latest one signed). A journal that was restored has the secret
 * "log/restored": what the lost system signed beyond the backup contradicts what follows, so the
 * log goes on under another name and key, and the change is in the record.
 */
#include "base/timefmt.h"
#include "journal/note.h"
#include "server/inside.h"
#include "server/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOTE_MAX = 4096,
    ORIGIN_MAX = 128,
    RANDOM_BYTES = 4,
    KEEP_EVERY_S = 10
};

struct amp_log_signer {
    pthread_mutex_t lock;
    bool ready;    /* there is a key */
    bool restored; /* and it must not be used any more */
    char origin[ORIGIN_MAX];
    uint8_t seed[AMP_KEY];
    struct amp_buf vkey;
    struct amp_head head; /* what `note` says */
    struct amp_buf note;
    uint64_t kept_seq; /* of the one in the store; the core's own, and the next */
    int64_t keep_at_us;
};

static amp_err secret_text(struct amp_store *store, const char *name, struct amp_buf *out,
                           struct amp_why *why)
{
    amp_buf_clear(out);
    return store->ops->secret(store, amp_str_of(name), out, why);
}

static amp_err seed_read(struct amp_server *server, struct amp_log_signer *signer,
                         struct amp_why *why)
{
    struct amp_buf seed = amp_buf_make(NOTE_MAX);
    amp_err err = amp_keys_read(server->keys, AMP_STR("log/seed"), &seed, why);
    if (err == AMP_OK && seed.len == AMP_KEY) {
        memcpy(signer->seed, seed.data, AMP_KEY);
    } else if (err == AMP_OK) {
        err = amp_fail(why, AMP_E_CORRUPT, "the log's signing key is damaged");
    }
    if (seed.data != NULL) {
        amp_wipe(seed.data, seed.cap);
    }
    amp_buf_free(&seed);
    return err;
}

static amp_err key_load(struct amp_server *server, struct amp_log_signer *signer,
                        struct amp_why *why)
{
    struct amp_store *store = server->config.store;
    struct amp_buf text = amp_buf_make(NOTE_MAX);
    amp_err err = secret_text(store, "log/origin", &text, why);
    if (err == AMP_E_NOT_FOUND) {
        amp_buf_free(&text);
        return AMP_OK; /* a new journal: amp_signer_make follows */
    }
    err = err ? err : amp_str_copy(signer->origin, sizeof signer->origin, amp_buf_view(&text));
    err = err ? err : seed_read(server, signer, why);
    err = err ? err : secret_text(store, "log/vkey", &signer->vkey, why);
    signer->ready = err == AMP_OK;
    (void)amp_buf_cstr(&signer->vkey);
    if (err == AMP_OK) {
        amp_err restored = secret_text(store, "log/restored", &text, why);
        signer->restored = restored == AMP_OK;
        err = restored == AMP_E_NOT_FOUND ? AMP_OK : restored;
    }
    amp_buf_free(&text);
    return err;
}

amp_err amp_signer_open(struct amp_server *server, struct amp_why *why)
{
    struct amp_log_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_init(&signer->lock, NULL);
    signer->vkey = amp_buf_make(NOTE_MAX);
    signer->note = amp_buf_make(NOTE_MAX);
    server->signer = signer;
    return key_load(server, signer, why);
}

void amp_signer_close(struct amp_log_signer *signer)
{
    if (signer == NULL) {
        return;
    }
    amp_buf_free(&signer->vkey);
    amp_buf_free(&signer->note);
    (void)pthread_mutex_destroy(&signer->lock);
    amp_wipe(signer, sizeof *signer);
    free(signer);
}

const char *amp_signer_vkey(const struct amp_log_signer *signer)
{
    return signer->vkey.data != NULL ? signer->vkey.data : "";
}

const char *amp_signer_origin(const struct amp_log_signer *signer)
{
    return signer->origin;
}

/* "amparo.invalid/1f2e3d4c" unless somebody gave a name; the next one after a restore has ".r2". */
static void origin_make(struct amp_log_signer *signer, const char *asked)
{
    uint8_t some[RANDOM_BYTES];
    amp_random(some, sizeof some);
    if (signer->restored) {
        char old[ORIGIN_MAX];
        unsigned long turn = 1;
        (void)snprintf(old, sizeof old, "%s", signer->origin);
        char *end = strrchr(old, '.');
        if (end != NULL && end[1] == 'r') {
            turn = strtoul(end + 2, NULL, 10);
            *end = '\0';
        }
        (void)snprintf(signer->origin, sizeof signer->origin, "%.100s.r%lu", old, turn + 1);
    } else if (asked != NULL) {
        (void)snprintf(signer->origin, sizeof signer->origin, "%s", asked);
    } else {
        (void)snprintf(signer->origin, sizeof signer->origin, "amparo.invalid/%02x%02x%02x%02x",
                       some[0], some[1], some[2], some[3]);
    }
}

static amp_err key_store(struct amp_server *server, struct amp_job *job)
{
    struct amp_log_signer *signer = server->signer;
    struct amp_buf sealed = amp_buf_make(NOTE_MAX);
    amp_keys_wrap(server->keys, AMP_STR("log/seed"),
                  (struct amp_str){(const char *)signer->seed, AMP_KEY}, &sealed);
    amp_err err = amp_job_secret_put(job, AMP_STR("log/origin"), amp_str_of(signer->origin));
    err = err ? err : amp_job_secret_keep(job, AMP_STR("log/seed"), &sealed);
    err = err ? err : amp_job_secret_keep(job, AMP_STR("log/vkey"), &signer->vkey);
    if (err == AMP_OK && signer->restored) {
        err = amp_job_secret_remove(job, AMP_STR("log/restored"));
    }
    amp_buf_free(&sealed);
    return err;
}

static amp_err vkey_write(struct amp_log_signer *signer)
{
    uint8_t key[AMP_SIGN_PUBLIC];
    char text[AMP_VKEY_TEXT];
    struct amp_vkey vkey;
    amp_sign_public(signer->seed, key);
    amp_err err =
        amp_vkey_make(amp_str_of(signer->origin), AMP_KEY_ED25519, key, sizeof key, &vkey);
    if (err == AMP_OK) {
        amp_vkey_write(&vkey, text);
        amp_buf_clear(&signer->vkey);
        amp_buf_text(&signer->vkey, text);
        (void)amp_buf_cstr(&signer->vkey); /* terminated from here on */
        err = amp_buf_err(&signer->vkey);
    }
    return err;
}

amp_err amp_signer_make(struct amp_server *server, struct amp_job *job)
{
    struct amp_log_signer *signer = server->signer;
    if (signer->ready && !signer->restored) {
        return AMP_OK;
    }
    origin_make(signer, server->config.origin);
    amp_random(signer->seed, sizeof signer->seed);
    amp_err err = vkey_write(signer);
    err = err ? err : key_store(server, job);
    signer->ready = err == AMP_OK;
    return err;
}

bool amp_signer_restored(struct amp_log_signer *signer)
{
    bool restored = signer->restored;
    signer->restored = false;
    return restored;
}

static amp_err note_make(const struct amp_log_signer *signer, const struct amp_head *head,
                         struct amp_buf *out)
{
    const struct amp_checkpoint checkpoint = {.origin = amp_str_of(signer->origin), .head = *head};
    amp_buf_clear(out);
    amp_err err = amp_checkpoint_sign(&checkpoint, signer->seed, out);
    return err == AMP_OK ? amp_buf_err(out) : err;
}

amp_err amp_signer_checkpoint(struct amp_log_signer *signer, struct amp_store *reader,
                              struct amp_buf *out, struct amp_head *head, struct amp_why *why)
{
    struct amp_head now;
    amp_err err = reader->ops->head(reader, &now, why);
    if (err != AMP_OK) {
        return err;
    }
    (void)pthread_mutex_lock(&signer->lock);
    /* a reader that is behind does not bring an older one back */
    if (signer->note.len == 0 || now.size > signer->head.size) {
        err = note_make(signer, &now, &signer->note);
        signer->head = now;
    }
    amp_buf_str(out, amp_buf_view(&signer->note));
    *head = signer->head;
    (void)pthread_mutex_unlock(&signer->lock);
    return err == AMP_OK ? amp_buf_err(out) : err;
}

amp_err amp_signer_at(const struct amp_log_signer *signer, struct amp_store *reader, uint64_t size,
                      struct amp_buf *out, struct amp_why *why)
{
    struct amp_head head = {.size = size};
    amp_err err = amp_tree_root(reader, size, head.root, why);
    return err == AMP_OK ? note_make(signer, &head, out) : err;
}

/* ---- the latest one, for tools that read the journal at rest ---- */

static void keep_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct amp_head head;
    job->err = amp_signer_checkpoint(server->signer, scratch->reader, &job->out, &head, &job->why);
}

static void keep_back(struct amp_server *server, struct amp_job *job)
{
    amp_err err = job->err;
    err = err ? err : amp_job_secret_keep(job, AMP_STR("log/checkpoint"), &job->out);
    job->back = NULL;
    if (err != AMP_OK || !amp_core_may_write(server)) {
        amp_job_destroy(job);
    } else {
        amp_core_submit(server, job);
    }
}

void amp_signer_tick(struct amp_server *server)
{
    struct amp_log_signer *signer = server->signer;
    int64_t steady_us = amp_clock_steady_us();
    if (server->state.seq == signer->kept_seq || steady_us < signer->keep_at_us) {
        return;
    }
    struct amp_job *job = amp_job_create(server);
    if (job != NULL) {
        signer->kept_seq = server->state.seq;
        signer->keep_at_us = steady_us + (int64_t)KEEP_EVERY_S * AMP_US_PER_S;
        job->back = keep_back;
        amp_core_work(server, job, keep_work);
    }
}

void amp_signer_last(struct amp_server *server)
{
    struct amp_head head = amp_journal_head(server->journal);
    struct amp_buf note = amp_buf_make(NOTE_MAX);
    uint64_t first = 0;
    if (server->signer->ready && note_make(server->signer, &head, &note) == AMP_OK) {
        const struct amp_secret secret = {.name = AMP_STR("log/checkpoint"),
                                          .value = amp_buf_view(&note)};
        /* without it the tools ask for the master key, or use an older one */
        (void)!amp_journal_append(server->journal, NULL, 0, &secret, 1, &first, NULL);
    }
    amp_buf_free(&note);
}
