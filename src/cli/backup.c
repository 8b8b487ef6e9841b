/* `amparo backup` and `amparo restore`: a verified copy of the journal, and its way back. */
#include "journal/backup.h"

#include "base/crypto.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/progress.h"

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
    bool json;
};

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
        amp_json_close(&js, '}');
    } else {
        amp_buf_printf(&buf, "directory  %s\nrecords    %" PRIu64 ", verified\nroot       %s",
                       said->where, said->head->size, hex);
        if (said->time[0]) {
            amp_buf_printf(&buf, "\nlast       %s", said->time);
        }
        if (said->aside[0]) {
            amp_buf_printf(&buf, "\nthe old journal is now in %s", said->aside);
        }
    }
    return amp_cli_print(said->name, &buf);
}

static struct amp_log_progress progress_of(const struct amp_progress *line)
{
    return (struct amp_log_progress){.ctx = line->ctx, .tell = line->tell};
}

int amp_cli_backup(int argc, char **argv)
{
    const char *data = NULL, *out = NULL;
    bool json = false;
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
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &json},
    };
    const struct amp_cli_usage usage = {
        .name = "backup",
        .operands = "",
        .about = "Copies the journal as it is at this moment, verifies the copy from its records\n"
                 "up, and gives it its name only then. The master key is not in it: keep that\n"
                 "elsewhere. What is erased later is still in an older backup.",
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
    amp_err err = amp_crypto_start();
    err = err ? err : amp_backup_make(data, out, &progress, &report, &why);
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
                                       .json = json});
}

int amp_cli_restore(int argc, char **argv)
{
    const char *from = NULL, *data = NULL;
    bool json = false, force = false;
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
        {.name = "--json", .kind = AMP_OPT_FLAG, .help = "print as JSON", .out = &json},
    };
    const struct amp_cli_usage usage = {
        .name = "restore",
        .operands = "",
        .about = "Verifies a backup and makes DIR its twin. The server must be stopped. It will\n"
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
    amp_err err = amp_crypto_start();
    err = err ? err : amp_backup_restore(from, data, force, &progress, &restored, &why);
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
                                       .json = json});
}
