/* What the verbs of `amparo log` share: the request and where each verb stands. */
#ifndef AMP_CLI_LOG_H
#define AMP_CLI_LOG_H

#include "cli/master.h"
#include "journal/inspect.h"

struct amp_log_request {
    const char *operand; /* the record's number, or the file; NULL where the verb takes none */
    const char *data, *out, *key, *leaf;
    struct amp_master_from master; /* of export */
    bool json, with_record, media;
};

int amp_cli_log_prove(const struct amp_log_request *request);
int amp_cli_log_export(const struct amp_log_request *request);
int amp_cli_log_check(const struct amp_log_request *request);
int amp_cli_log_key(const struct amp_log_request *request);

#endif
