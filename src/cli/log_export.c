/* `amparo log export`: the bundle of an incident for a court. */
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/log.h"
#include "journal/file.h"
#include "model/ids.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BUNDLE_MAX = 256 << 20,
    TARGET_MAX = 128,
    NAME_MAX = 64,
    STATUS_OK = 200
};

/* The sentence of a refusal. */
static amp_err refusal(const struct amp_buf *body, struct amp_why *why)
{
    json_t *obj = NULL;
    struct amp_str detail = {0};
    if (amp_json_read(amp_buf_view(body), BUNDLE_MAX, &obj, NULL) == AMP_OK) {
        (void)!amp_json_str(obj, "detail", &detail, NULL);
    }
    amp_err err =
        amp_fail(why, AMP_E_NOT_FOUND, "%.*s", (int)detail.len, detail.len > 0 ? detail.ptr : "");
    json_decref(obj);
    return err;
}

static amp_err bundle_fetch(const struct amp_log_request *request, const char *id, const char *path,
                            struct amp_why *why)
{
    char target[TARGET_MAX];
    struct amp_buf body = amp_buf_make(BUNDLE_MAX);
    struct amp_control_ask ask = {
        .master = request->master, .method = AMP_METHOD_GET, .target = target};
    int status = 0;
    ask.master.dir = request->data;
    (void)snprintf(target, sizeof target, "/v1/incidents/%s/export?media=%s", id,
                   request->media ? "yes" : "no");
    amp_err err = access(path, F_OK) == 0
                      ? amp_fail(why, AMP_E_EXISTS, "%s exists: name another file with -o", path)
                      : AMP_OK;
    err = err ? err : amp_control(&ask, &status, &body, why);
    if (err == AMP_OK) {
        err = status == STATUS_OK ? amp_file_write(path, amp_buf_view(&body), why)
                                  : refusal(&body, why);
    }
    if (body.data != NULL) {
        amp_wipe(body.data, body.cap);
    }
    amp_buf_free(&body);
    return err;
}

int amp_cli_log_export(const struct amp_log_request *request)
{
    char name[NAME_MAX], id[AMP_ID_TEXT];
    struct amp_why why = {""};
    struct amp_incident_id incident = {0};
    if (amp_incident_id_parse(amp_str_of(request->operand), &incident) != AMP_OK) {
        return amp_cli_misuse("log", "\"%s\" is no incident, such as I-12", request->operand);
    }
    amp_incident_id_text(incident, id);
    (void)snprintf(name, sizeof name, "%s.zip", id);
    const char *path = request->out != NULL ? request->out : name;
    amp_err err = bundle_fetch(request, id, path, &why);
    if (err != AMP_OK) {
        return amp_cli_fail_as("log", request->json, err, &why);
    }
    if (request->json) {
        printf("{\"incident\":\"%s\",\"file\":\"%s\"}\n", id, path);
    } else {
        printf("%s: unpack it, read incident.html, check it with verify.py\n", path);
    }
    return AMP_EXIT_OK;
}
