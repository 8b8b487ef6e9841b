/* Pieces of a medium: read, stored by the porter, and the record once it is whole. */
#include "server/upload.h"
#include "server/api.h"
#include "server/medium.h"

static void see(struct amp_job *job, uint64_t held, bool done)
{
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "offset", (int64_t)held);
    amp_json_bool_of(&js, "done", done);
    amp_json_close(&js, '}');
}

static void see_whole(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const struct amp_upload *upload = job->data;
    (void)server;
    (void)decision;
    see(job, upload->piece.held, true);
}

static void piece_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct amp_upload *upload = job->data;
    (void)server;
    (void)scratch;
    upload->err = amp_media_take(&upload->piece, &upload->why);
    amp_wipe(upload->piece.key, sizeof upload->piece.key);
}

/* On the core again: how far it is, or the record that it is whole. */
static void piece_back(struct amp_server *server, struct amp_job *job)
{
    struct amp_upload *upload = job->data;
    struct amp_fields *f = &job->command.f;
    bool gap = upload->err == AMP_E_CONFLICT;
    if (upload->err != AMP_OK && !gap) {
        amp_core_refuse(server, job, upload->err, &upload->why);
        return;
    }
    if (!upload->piece.whole) {
        see(job, upload->piece.held, false);
        amp_core_answer(server, job, gap ? 409 : 200);
        return;
    }
    f->type = amp_str_of(upload->piece.kind);
    f->bytes = (int64_t)upload->piece.held;
    f->label = amp_str_of(upload->piece.label);
    f->text = amp_str_of(upload->piece.digest);
    f->has |= AMP_HAS(TYPE) | AMP_HAS(BYTES) | AMP_HAS(LABEL) | AMP_HAS(TEXT);
    job->key = upload->record_key;
    job->own_key = true;
    amp_core_commit(server, job, 200, see_whole);
}

amp_err amp_upload_read(const struct amp_server *server, const struct amp_job *job, size_t param,
                        struct amp_media_piece *piece, struct amp_why *why)
{
    if (server->config.dir == NULL) {
        return amp_fail(why, AMP_E_FORBIDDEN, "there is no folder for media here");
    }
    if (!amp_media_upload_valid(job->param[param])) {
        return amp_fail(why, AMP_E_RANGE, "an upload has a name of 8 to %d letters and digits",
                        AMP_MEDIA_UPLOAD);
    }
    piece->dir = server->config.dir;
    piece->upload = job->param[param];
    if (job->route->method == AMP_METHOD_GET) {
        return AMP_OK;
    }
    if (amp_str_u64(amp_api_query(job, "offset"), &piece->offset) != AMP_OK ||
        amp_str_u64(amp_api_query(job, "total"), &piece->total) != AMP_OK) {
        return amp_fail(why, AMP_E_MISSING, "a piece needs offset=BYTES and total=BYTES");
    }
    if (piece->total < 1 || piece->total > AMP_MEDIA_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "a picture, video or sound has 1 to %d bytes",
                        AMP_MEDIA_BYTES);
    }
    if (job->body.len < 1 || job->body.len > AMP_MEDIUM_PIECE || piece->offset > piece->total ||
        job->body.len > piece->total - piece->offset) {
        return amp_fail(why, AMP_E_RANGE, "a piece has 1 to %d bytes, and ends with the whole",
                        AMP_MEDIUM_PIECE);
    }
    if (!amp_scarce_has(&server->scarce, AMP_SCARCE_SAID)) {
        return amp_fail(why, AMP_E_FULL, "the disk of the centre is almost full");
    }
    piece->bytes = job->body;
    return AMP_OK;
}

void amp_upload_take(struct amp_server *server, struct amp_job *job, struct amp_upload *upload)
{
    job->data = upload;
    amp_core_port(server, job, piece_work, piece_back);
}

void amp_upload_done(struct amp_server *server, struct amp_job *job, uint64_t held)
{
    see(job, held, true);
    amp_core_answer(server, job, 200);
}
