/*
 * The table of routes: a row each, from which dispatching, metrics, the check of docs/openapi.yaml
 * and the proof of who may come. Who may is a column (permit.h), enforced in one place (door.c).
 */
#ifndef AMP_SERVER_ENDPOINT_H
#define AMP_SERVER_ENDPOINT_H

#include "server/http.h"
#include "server/permit.h"
#include "server/uri.h"

enum {
    AMP_ENDPOINT_PARAMS = 4
};

enum amp_endpoint_kind {
    AMP_ENDPOINT_READ,  /* answered by the core from the state */
    AMP_ENDPOINT_WRITE, /* a command, answered when durable */
    AMP_ENDPOINT_WORK,  /* prepared by the core, answered by a worker */
    AMP_ENDPOINT_NEAR,  /* answered at once by the network thread; touches no state */
    AMP_ENDPOINT_REPORT /* answered by the core from the state, and changes what is no event */
};

#define AMP_ENDPOINT_PUBLIC AMP_PERMIT_COUNT /* for anybody: health, login, the public log */

struct amp_server;
struct amp_job;

struct amp_endpoint {
    enum amp_method method;
    const char *path;
    enum amp_endpoint_kind kind;
    enum amp_permit needs; /* or AMP_ENDPOINT_PUBLIC */
    void (*run)(struct amp_server *server, struct amp_job *job);
    const char *summary;
};

extern const struct amp_endpoint amp_endpoints[];
extern const size_t amp_endpoint_n;

/* The row for a method and a path; NULL with *allow_out the bits 1 << enum amp_method of the
 * methods this path knows (0: no such path). param has AMP_ENDPOINT_PARAMS places. */
const struct amp_endpoint *amp_endpoint_find(enum amp_method method, const struct amp_uri *uri,
                                             struct amp_str *param, unsigned *allow_out);

#endif
