/*
 * Witnesses: others who saw the log grow, and say so with a cosignature (C2SP tlog-cosignature).
 *
 * Whose cosignatures are taken is said by an admin ("log/witness/NAME", a verifier key). What they
 * hand in is a signed note; it is taken when the checkpoint in it is one of this log's and a
 * witness's signature on it verifies ("log/cosignature/SIZE/NAME", the line).
 */
#include "journal/note.h"
#include "server/api.h"
#include <stdio.h>
#include <string.h>

enum {
    WITNESSES_MAX = 64,
    NAME_MAX = AMP_SECRET_NAME_MAX + 1
};

struct witnesses {
    struct amp_vkey key[WITNESSES_MAX];
    size_t n;
};

static amp_err witness_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct witnesses *witnesses = ctx;
    (void)name;
    if (witnesses->n == WITNESSES_MAX) {
        return AMP_OK;
    }
    return amp_vkey_parse(value, &witnesses->key[witnesses->n++], NULL);
}

static amp_err witnesses_read(struct amp_store *reader, struct amp_arena *arena,
                              struct witnesses **out, struct amp_why *why)
{
    *out = amp_arena_alloc(arena, sizeof **out);
    return *out == NULL
               ? AMP_E_NOMEM
               : reader->ops->secrets(reader, AMP_STR("log/witness/"), *out, witness_visit, why);
}

/* ---- whose ---- */

static void list_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct witnesses *witnesses = NULL;
    struct amp_why why = {""};
    struct amp_json js = amp_json_make(&job->out);
    (void)server;
    amp_err err = witnesses_read(scratch->reader, &job->arena, &witnesses, &why);
    amp_json_open(&js, '{');
    amp_json_key(&js, "witnesses");
    amp_json_open(&js, '[');
    for (size_t i = 0; err == AMP_OK && i < witnesses->n; i++) {
        char vkey[AMP_VKEY_TEXT];
        amp_vkey_write(&witnesses->key[i], vkey);
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "name", witnesses->key[i].name);
        amp_json_text_of(&js, "vkey", vkey);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

void amp_api_log_witnesses(struct amp_server *server, struct amp_job *job)
{
    amp_core_work(server, job, list_work);
}

static amp_err vkey_read(struct amp_job *job, struct amp_vkey *out, struct amp_why *why)
{
    json_t *obj = NULL;
    struct amp_str text = {0};
    amp_err err = amp_json_read(job->body, AMP_VKEY_TEXT * 2, &obj, why);
    err = err ? err : amp_json_str(obj, "vkey", &text, why);
    if (err == AMP_OK && text.len == 0) {
        err = amp_fail(why, AMP_E_MISSING, "the body needs \"vkey\": NAME+ID+KEY of the witness");
    }
    err = err ? err : amp_vkey_parse(text, out, why);
    json_decref(obj);
    if (err == AMP_OK && out->type != AMP_KEY_COSIGNATURE) {
        err = amp_fail(why, AMP_E_UNSUPPORTED,
                       "a witness signs with keys of type 4 (cosignature); this one is of type %u",
                       (unsigned)out->type);
    }
    return err;
}

void amp_api_log_witness_add(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_vkey vkey;
    char name[NAME_MAX], text[AMP_VKEY_TEXT];
    amp_err err = vkey_read(job, &vkey, &why);
    if (err == AMP_OK &&
        snprintf(name, sizeof name, "log/witness/%s", vkey.name) >= (int)sizeof name) {
        err = amp_fail(&why, AMP_E_LIMIT, "the name of the witness is too long");
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_vkey_write(&vkey, text);
    err = amp_job_secret_put(job, amp_str_of(name), amp_str_of(text));
    job->command.kind = AMP_CMD_ADD_WITNESS;
    job->command.f.vkey = amp_arena_str(&job->arena, amp_str_of(text));
    job->command.f.has = AMP_HAS(VKEY);
    if (err != AMP_OK || amp_arena_failed(&job->arena)) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    amp_core_commit(server, job, 204, NULL);
}

/* ---- what they hand in ---- */

static amp_err ours_check(struct amp_server *server, struct amp_store *reader,
                          const struct amp_checkpoint *checkpoint, struct amp_why *why)
{
    struct amp_head head;
    uint8_t root[AMP_HASH];
    amp_err err = reader->ops->head(reader, &head, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!amp_str_is(checkpoint->origin, amp_signer_origin(server->signer))) {
        return amp_fail(why, AMP_E_NOT_FOUND, "this log is %s", amp_signer_origin(server->signer));
    }
    if (checkpoint->head.size > head.size) {
        return amp_fail(why, AMP_E_CONFLICT, "the log has %llu records only",
                        (unsigned long long)head.size);
    }
    err = amp_tree_root(reader, checkpoint->head.size, root, why);
    if (err == AMP_OK && memcmp(root, checkpoint->head.root, AMP_HASH) != 0) {
        err = amp_fail(why, AMP_E_CONFLICT,
                       "this log never had that root with %llu records: keep this note, somebody "
                       "signed two histories",
                       (unsigned long long)checkpoint->head.size);
    }
    return err;
}

/* The lines of witnesses that verify become secrets of the job. */
static amp_err lines_take(struct amp_job *job, const struct amp_note *note,
                          const struct witnesses *witnesses, uint64_t size, struct amp_why *why)
{
    int64_t taken = 0;
    for (size_t i = 0; i < witnesses->n; i++) {
        const struct amp_vkey *key = &witnesses->key[i];
        struct amp_note_seen seen = {.signed_it = false};
        if (amp_note_verify(note, key, 1, &seen, why) != AMP_OK || !seen.signed_it) {
            continue;
        }
        for (size_t s = 0; s < note->n; s++) {
            char name[NAME_MAX];
            if (memcmp(note->signature[s].id, key->id, AMP_KEY_ID) != 0 ||
                snprintf(name, sizeof name, "log/cosignature/%020llu/%s", (unsigned long long)size,
                         key->name) >= (int)sizeof name) {
                continue;
            }
            amp_err err = amp_job_secret_put(job, amp_str_of(name), note->signature[s].line);
            if (err != AMP_OK) {
                return err;
            }
            taken++;
            break;
        }
    }
    job->result.seq = (uint64_t)taken;
    return taken > 0 ? AMP_OK
                     : amp_fail(why, AMP_E_FORBIDDEN,
                                "no signature in it is of a witness that is known here");
}

static void cosign_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct amp_note *note = amp_arena_alloc(&job->arena, sizeof *note);
    struct amp_checkpoint checkpoint;
    struct witnesses *witnesses = NULL;
    struct amp_why *why = &job->why;
    amp_err err = note == NULL ? AMP_E_NOMEM : amp_note_parse(job->body, note, why);
    if (err == AMP_OK && amp_checkpoint_parse(note->text, &checkpoint) != AMP_OK) {
        err = amp_fail(why, AMP_E_SYNTAX, "the text of the note is no checkpoint");
    }
    err = err ? err : ours_check(server, scratch->reader, &checkpoint, why);
    err = err ? err : witnesses_read(scratch->reader, &job->arena, &witnesses, why);
    err = err ? err : lines_take(job, note, witnesses, checkpoint.head.size, why);
    job->err = err;
}

static void cosign_back(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = job->why;
    if (job->err != AMP_OK) {
        amp_core_refuse(server, job, job->err, &why);
        return;
    }
    if (!amp_core_may_write(server)) {
        amp_core_refuse(server, job, AMP_E_BUSY, NULL);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "accepted", (int64_t)job->result.seq);
    amp_json_close(&js, '}');
    job->status = 200;
    amp_core_submit(server, job);
}

void amp_api_log_cosign(struct amp_server *server, struct amp_job *job)
{
    job->back = cosign_back;
    amp_core_work(server, job, cosign_work);
}

/* ---- the newest checkpoint that was cosigned ---- */

struct newest {
    uint64_t size;
    struct amp_buf lines;
};

static amp_err newest_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct newest *newest = ctx;
    struct amp_str part = {0}, digits = {0};
    uint64_t size = 0;
    struct amp_str rest = amp_str_cut(amp_str_cut(name, '/', &part), '/', &part);
    (void)amp_str_cut(rest, '/', &digits);
    if (amp_str_u64(digits, &size) != AMP_OK) {
        return AMP_OK;
    }
    if (size != newest->size) { /* they come in the order of size */
        amp_buf_clear(&newest->lines);
        newest->size = size;
    }
    amp_buf_str(&newest->lines, value);
    return amp_buf_err(&newest->lines);
}

amp_err amp_api_log_cosigned(struct amp_server *server, struct amp_store *reader,
                             struct amp_buf *out, struct amp_why *why)
{
    struct newest newest = {.lines = amp_buf_make(AMP_NOTE_MAX)};
    amp_err err =
        reader->ops->secrets(reader, AMP_STR("log/cosignature/"), &newest, newest_visit, why);
    if (err == AMP_OK && newest.size == 0) {
        err = amp_fail(why, AMP_E_NOT_FOUND, "no witness has cosigned this log yet");
    }
    err = err ? err : amp_signer_at(server->signer, reader, newest.size, out, why);
    amp_buf_join(out, &newest.lines);
    amp_buf_free(&newest.lines);
    return err ? err : amp_buf_err(out);
}
