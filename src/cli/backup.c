/* `amparo backup` and `amparo restore`: a verified copy of the journal and its media, and its way
 * back. */
#include "journal/backup.h"

#include "base/crypto.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "model/ids.h"
#include "server/mediacopy.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TEXT_MAX = 8192
};

struct last { /* what the last record says of its time */
    char time[64];
};

static amp_err last_take(void *ctx, const struct amp_record *record)
{
    struct last *last = ctx;
    json_t *obj = NULL;
    struct amp_str time = {.ptr = NULL};
    if (amp_json_read(record->body, AMP_RECORD_MAX, &obj, NULL) == AMP_OK &&
        amp_json_str(obj, "time", &time, NULL) == AMP_OK &&
        amp_str_copy(last->time, sizeof last->time, time) != AMP_OK) {
        last->time[0] = '\0';
    }
    json_decref(obj);
    return AMP_OK;
}

/* Best effort: a record need not be an event. */
static struct last last_of(const char *dir, uint64_t size)
{
    struct last last = {""};
    struct amp_store *store = NULL;
    if (size > 0 && amp_store_sqlite_still(dir, &store, NULL) == AMP_OK &&
        store->ops->read(store, size, size, &last, last_take, NULL) != AMP_OK) {
        last.time[0] = '\0';
    }
    amp_store_close(store);
    return last;
}

struct said { /* what is printed at the end */
    const char *name, *where, *aside, *time;
    const struct amp_head *head;
    const struct amp_media_copied *media; /* NULL: not asked for */
    bool json;
};

static void media_json(struct amp_json *js, const struct amp_media_copied *media)
{
    amp_json_i64_of(js, "media", (int64_t)media->n);
    amp_json_i64_of(js, "media_bytes", (int64_t)media->bytes);
    amp_json_i64_of(js, "media_missing", (int64_t)media->missing);
    amp_json_i64_of(js, "media_damaged", (int64_t)media->damaged);
    amp_json_key(js, "media_absent");
    amp_json_open(js, '[');
    for (size_t i = 0; i < media->said_n; i++) {
        char id[AMP_ID_TEXT];
        amp_incident_id_text((struct amp_incident_id){media->said[i].incident}, id);
        amp_json_open(js, '{');
        amp_json_i64_of(js, "record", (int64_t)media->said[i].seq);
        amp_json_text_of(js, "incident", id);
        amp_json_text_of(js, "label", media->said[i].label);
        amp_json_bool_of(js, "damaged", media->said_damaged[i]);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

/* What is not there as it should be, on stderr; AMP_EXIT_FAILED if there is any. */
static int media_say(const char *name, const struct amp_media_copied *media)
{
    if (media == NULL || media->missing + media->damaged == 0) {
        return AMP_EXIT_OK;
    }
    for (size_t i = 0; i < media->said_n; i++) {
        fprintf(stderr, "amparo %s: the medium of record %" PRIu64 " (I-%u) is %s: media/%s\n",
                name, media->said[i].seq, (unsigned)media->said[i].incident,
                media->said_damaged[i] ? "damaged" : "missing", media->said[i].label);
    }
    fprintf(stderr,
            "amparo %s: the journal is whole, but of its media %" PRIu64 " are missing and %" PRIu64
            " damaged\n",
            name, media->missing, media->damaged);
    return AMP_EXIT_FAILED;
}

static int result_print(const struct said *said)
{
    struct amp_buf buf = amp_buf_make(TEXT_MAX);
    char hex[AMP_HASH_HEX];
    amp_hash_hex(said->head->root, hex);
    if (said->json) {
        struct amp_json js = amp_json_make(&buf);
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "directory", said->where);
        amp_json_i64_of(&js, "records", (int64_t)said->head->size);
        amp_json_text_of(&js, "root", hex);
        amp_json_text_of(&js, "last_record_at", said->time[0] ? said->time : NULL);
        amp_json_text_of(&js, "moved_aside_to", said->aside[0] ? said->aside : NULL);
        if (said->media != NULL) {
            media_json(&js, said->media);
        }
        amp_json_close(&js, '}');
    } else {
        amp_buf_printf(&buf, "directory  %s\nrecords    %" PRIu64 ", verified\nroot       %s",
                       said->where, said->head->size, hex);
        if (said->time[0]) {
            amp_buf_printf(&buf, "\nlast       %s", said->time);
        }
        if (said->media != NULL) {
            amp_buf_printf(&buf, "\nmedia      %" PRIu64 ", %.1f MB, verified", said->media->n,
                           (double)said->media->bytes / 1e6);
        }
        if (said->aside[0]) {
            amp_buf_printf(&buf, "\nthe old journal is now in %s", said->aside);
        }
    }
    int status = amp_cli_print(said->name, &buf);
    int absent = media_say(said->name, said->media);
    return status != AMP_EXIT_OK ? status : absent;
}

static struct amp_log_progress progress_of(const struct amp_progress *line)
{
    return (struct amp_log_progress){.ctx = line->ctx, .tell = line->tell};
}

int amp_cli_backup(int argc, char **argv)
{
    const char *data = NULL, *out = NULL;
    bool json = false, alone = false;
    const struct amp_opt opt[] = {
        {.name = "--data",
         .kind = AMP_OPT_TEXT,
         .value = "DIR",
         .help = "the directory of the journal; a server may be at work in it",
         .required = true,
         .out = &data},
        {.name = "-o",
         .kind = AMP_OPT_TEXT,
         .value = "OUT",
         .help = "a new directory for the copy",
         .required = true,
         .out = &out},
        {.name = "--without-media",
         .kind = AMP_OPT_FLAG,
         .help = "the journal alone: DIR/media is copied by other means",
         .out = &alone},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &json},
    };
    const struct amp_cli_usage usage = {
        .name = "backup",
        .operands = "",
        .about =
            "Copies the journal as it is at this moment, and the sealed media that its records\n"
            "name; verifies the copy from its records up, the media by their hashes, and gives\n"
            "it its name only then. If media are missing or damaged the backup is made, says so\n"
            "and ends with 1. The master key is not in it: keep that elsewhere. What is erased\n"
            "later is still in an older backup.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_log_report report;
    struct amp_why why = {""};
    const struct amp_progress line = amp_cli_progress();
    const struct amp_log_progress progress = progress_of(&line);
    struct amp_media_copied media = {0};
    const struct amp_beside beside = amp_media_beside(&media);
    const struct amp_backup_with with = {&progress, alone ? NULL : &beside};
    amp_err err = amp_crypto_start();
    err = err ? err : amp_backup_make(data, out, &with, &report, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("backup", json, err, &why);
    }
    const struct last last = last_of(out, report.head.size);
    return result_print(&(struct said){.name = "backup",
                                       .where = out,
                                       .aside = "",
                                       .time = last.time,
                                       .head = &report.head,
                                       .media = alone ? NULL : &media,
                                       .json = json});
}

int amp_cli_restore(int argc, char **argv)
{
    const char *from = NULL, *data = NULL;
    bool json = false, force = false, alone = false;
    const struct amp_opt opt[] = {
        {.name = "--from",
         .kind = AMP_OPT_TEXT,
         .value = "BACKUP",
         .help = "the directory that `amparo backup` made",
         .required = true,
         .out = &from},
        {.name = "--data",
         .kind = AMP_OPT_TEXT,
         .value = "DIR",
         .help = "the directory to restore into",
         .required = true,
         .out = &data},
        {.name = "--force",
         .kind = AMP_OPT_FLAG,
         .help = "move a journal that is there aside",
         .out = &force},
        {.name = "--without-media",
         .kind = AMP_OPT_FLAG,
         .help = "the journal alone: its media are brought by other means",
         .out = &alone},
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &json},
    };
    const struct amp_cli_usage usage = {
        .name = "restore",
        .operands = "",
        .about =
            "Verifies a backup and makes DIR its twin, with its media; if some of these are\n"
            "missing or damaged it says so and ends with 1. The server must be stopped. It will\n"
            "make a new signing key when it starts, since the old one may have signed a\n"
            "longer log; what was erased after the backup has to be erased again.",
        .opt = opt,
        .opt_n = sizeof opt / sizeof opt[0]};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct amp_restored restored;
    struct amp_why why = {""};
    const struct amp_progress line = amp_cli_progress();
    const struct amp_log_progress progress = progress_of(&line);
    struct amp_media_copied media = {0};
    const struct amp_beside beside = amp_media_beside(&media);
    const struct amp_backup_with with = {&progress, alone ? NULL : &beside};
    amp_err err = amp_crypto_start();
    err = err ? err : amp_backup_restore(from, data, force, &with, &restored, &why);
    amp_cli_progress_end();
    if (err) {
        return amp_cli_fail_as("restore", json, err, &why);
    }
    const struct last last = last_of(from, restored.report.head.size);
    return result_print(&(struct said){.name = "restore",
                                       .where = data,
                                       .aside = restored.aside,
                                       .time = last.time,
                                       .head = &restored.report.head,
                                       .media = alone ? NULL : &media,
                                       .json = json});
}
