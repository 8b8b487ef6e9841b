/* Packs long answers. */
#include "server/pack.h"
#include <stddef.h>
#include <string.h>
#include <zlib.h>

amp_err amp_pack(const struct amp_buf *in, struct amp_buf *out)
{
    enum {
        GZIP_WINDOW = 15 + 16,
        LEVEL = 4,
        MEMORY = 8
    };
    z_stream z = {0};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return AMP_E_NOMEM;
    }
    size_t room = deflateBound(&z, in->len);
    unsigned char *to = amp_buf_extend(out, room);
    if (to == NULL) {
        (void)deflateEnd(&z);
        return AMP_E_NOMEM;
    }
    z.next_in = (unsigned char *)in->data;
    z.avail_in = (unsigned)in->len;
    z.next_out = to;
    z.avail_out = (unsigned)room;
    int done = deflate(&z, Z_FINISH);
    out->len -= room - z.total_out;
    (void)deflateEnd(&z);
    return done == Z_STREAM_END ? AMP_OK : AMP_E_NOMEM;
}

static bool is_long(const struct amp_job *job)
{
    return job->rq != NULL && job->gzip && !job->compressed && job->err == AMP_OK &&
           job->status == 200 && job->out.len >= AMP_PACK_MIN &&
           strcmp(job->type, "application/json") == 0;
}

void amp_pack_answer(struct amp_job *job)
{
    if (!is_long(job)) {
        return;
    }
    struct amp_buf packed = amp_buf_make(AMP_JOB_ANSWER);
    if (amp_pack(&job->out, &packed) == AMP_OK) {
        amp_buf_free(&job->out);
        job->out = packed;
        job->compressed = true;
    } else {
        amp_buf_free(&packed);
    }
}

static void pack_run(struct amp_task *task, void *scratch, bool dropped)
{
    struct amp_job *job = (struct amp_job *)(void *)((char *)task - offsetof(struct amp_job, task));
    (void)scratch;
    if (!dropped) {
        amp_pack_answer(job);
    }
    amp_job_send(job);
}

bool amp_pack_give(struct amp_server *server, struct amp_job *job)
{
    if (!is_long(job)) {
        return false;
    }
    job->task.run = pack_run;
    job->task.urgent = true; /* short, and a desk waits for its board */
    return amp_workers_give(server->workers, &job->task) == AMP_OK;
}
