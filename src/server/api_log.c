/* The public log: checkpoints, tiles, proofs; and the witnesses who cosign it. */
#include "journal/inspect.h"
#include "journal/note.h"
#include "journal/tree.h"
#include "server/api.h"
#include <stdio.h>
#include <string.h>

enum {
    NOTE_MAX = 65536,
    TILE_MAX = AMP_TILE * (AMP_ENTRY + 2)
};

static const char plain[] = "text/plain; charset=utf-8";

/* An answer of plain bytes that may be kept by whoever is between. */
static void public_answer(struct amp_job *job, const char *type)
{
    job->type = type;
    job->shared = true;
}

static bool query_number(struct amp_server *server, struct amp_job *job, const char *name,
                         uint64_t *out)
{
    struct amp_str text = amp_api_query(job, name);
    struct amp_why why = {""};
    if (text.len == 0 || amp_str_u64(text, out) == AMP_OK) {
        return true;
    }
    (void)amp_fail(&why, AMP_E_RANGE, "\"%s\" must be a number of records", name);
    amp_core_refuse(server, job, AMP_E_RANGE, &why);
    return false;
}

/* ---- checkpoints ---- */

static void checkpoint_work(struct amp_server *server, struct amp_job *job,
                            struct amp_scratch *scratch)
{
    struct amp_why why = {""};
    struct amp_head head;
    bool cosigned = amp_api_query(job, "cosigned").len > 0;
    amp_err err =
        cosigned ? amp_api_log_cosigned(server, scratch->reader, &job->out, &why)
                 : amp_signer_checkpoint(server->signer, scratch->reader, &job->out, &head, &why);
    public_answer(job, plain);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_log_checkpoint(struct amp_server *server, struct amp_job *job)
{
    amp_core_work(server, job, checkpoint_work);
}

void amp_api_log_key(struct amp_server *server, struct amp_job *job)
{
    amp_buf_text(&job->out, amp_signer_vkey(server->signer));
    amp_buf_char(&job->out, '\n');
    public_answer(job, plain);
    amp_core_answer(server, job, 200);
}

/* ---- tiles ---- */

static void tile_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct amp_tile_path *path = job->data;
    struct amp_store *reader = scratch->reader;
    struct amp_why why = {""};
    struct amp_head head;
    (void)server;
    amp_err err = reader->ops->head(reader, &head, &why);
    if (err == AMP_OK && path->width > amp_tile_width(head.size, path->level, path->index)) {
        err = amp_fail(&why, AMP_E_NOT_FOUND, "the log has no such tile yet");
    } else if (err == AMP_OK && path->entries) {
        err = amp_tree_entries(reader, head.size, path->index, path->width, &job->out, &why);
    } else if (err == AMP_OK) {
        err = amp_tree_tile(reader, head.size, path->level, path->index, path->width, &job->out,
                            &why);
    }
    public_answer(job, "application/octet-stream");
    job->lasting = err == AMP_OK;
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_log_tile(struct amp_server *server, struct amp_job *job)
{
    struct amp_tile_path *path = amp_arena_alloc(&job->arena, sizeof *path);
    struct amp_buf text = amp_buf_make(AMP_URI_MAX);
    struct amp_why why = {""};
    for (size_t i = 3; i < job->uri.n; i++) { /* behind /v1/log/tile */
        amp_buf_text(&text, i > 3 ? "/" : "");
        amp_buf_str(&text, job->uri.segment[i]);
    }
    amp_err err = path == NULL ? AMP_E_NOMEM : amp_buf_err(&text);
    amp_err bad = err ? err : amp_tile_path_parse(amp_buf_view(&text), path);
    amp_buf_free(&text);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    if (bad != AMP_OK) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND,
                       "a tile is /v1/log/tile/LEVEL/INDEX[.p/WIDTH] or "
                       "/v1/log/tile/entries/INDEX[.p/WIDTH], the index "
                       "as x001/x234/067 (C2SP tlog-tiles)");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    job->data = path;
    amp_core_work(server, job, tile_work);
}

/* ---- proofs ---- */

struct ask {
    uint64_t seq, size, from, to;
};

static struct ask *ask_make(struct amp_server *server, struct amp_job *job)
{
    struct ask *ask = amp_arena_alloc(&job->arena, sizeof *ask);
    if (ask == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
    }
    job->data = ask;
    return ask;
}

static void proof_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct amp_why why = {""};
    struct amp_head head;
    struct amp_proof proof;
    uint8_t leaf[AMP_HASH];
    struct amp_buf note = amp_buf_make(NOTE_MAX), extra = amp_buf_make(NOTE_MAX);
    amp_err err = amp_signer_checkpoint(server->signer, scratch->reader, &note, &head, &why);
    if (err == AMP_OK && (ask->seq == 0 || ask->seq > head.size)) {
        err = amp_fail(&why, AMP_E_NOT_FOUND, "the log has the records 1 to %llu",
                       (unsigned long long)head.size);
    }
    err = err ? err : scratch->reader->ops->leaves(scratch->reader, ask->seq, 1, leaf, &why);
    err = err ? err : amp_tree_inclusion(scratch->reader, ask->seq - 1, head.size, &proof, &why);
    if (err == AMP_OK) {
        amp_log_extra(ask->seq, leaf, &extra);
        const struct amp_tlog_proof file = {.extra = amp_buf_view(&extra),
                                            .index = ask->seq - 1,
                                            .proof = proof,
                                            .note = amp_buf_view(&note)};
        amp_tlog_proof_write(&file, &job->out);
    }
    amp_buf_free(&note);
    amp_buf_free(&extra);
    public_answer(job, plain);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_log_proof(struct amp_server *server, struct amp_job *job)
{
    struct ask *ask = ask_make(server, job);
    if (ask != NULL && query_number(server, job, "seq", &ask->seq)) {
        amp_core_work(server, job, proof_work);
    }
}

static void consistency_work(struct amp_server *server, struct amp_job *job,
                             struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct amp_why why = {""};
    struct amp_head head;
    struct amp_proof proof = {.n = 0};
    amp_err err = scratch->reader->ops->head(scratch->reader, &head, &why);
    (void)server;
    uint64_t to = ask->to != 0 ? ask->to : head.size;
    if (err == AMP_OK && (ask->from > to || to > head.size)) {
        err = amp_fail(&why, AMP_E_RANGE, "from and to are sizes, 0 <= from <= to <= %llu",
                       (unsigned long long)head.size);
    }
    err = err ? err : amp_tree_consistency(scratch->reader, ask->from, to, &proof, &why);
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "from", (int64_t)ask->from);
    amp_json_i64_of(&js, "to", (int64_t)to);
    amp_json_key(&js, "hashes");
    amp_json_open(&js, '[');
    for (size_t i = 0; err == AMP_OK && i < proof.n; i++) {
        struct amp_buf hash = amp_buf_make(2 * AMP_HASH);
        amp_base64_put(&hash, proof.hash[i], AMP_HASH);
        amp_json_put_buf(&js, &hash);
        amp_buf_free(&hash);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_log_consistency(struct amp_server *server, struct amp_job *job)
{
    struct ask *ask = ask_make(server, job);
    if (ask != NULL && query_number(server, job, "from", &ask->from) &&
        query_number(server, job, "to", &ask->to)) {
        amp_core_work(server, job, consistency_work);
    }
}
