/*
 * The files of the web console, compiled into the binary.
 *
 * The table is written by tools/embed from console/dist. It is constant and sorted by path, so
 * that it can be searched by bisection. "/" is the page itself and "/sw.js" the worker that keeps
 * it, "/crew" and "/crew/worker.js" are those of crews: they keep their names, and are asked for
 * anew each time. All other paths carry the hash of
 * their content and never change ("/assets/app-Q2F7XKMA.js"), so they may be cached for ever.
 * A build without the console (-Dconsole=false) has an empty table.
 */
#ifndef AMP_SERVER_ASSETS_H
#define AMP_SERVER_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct amp_asset {
    const char *path; /* as in the request: "/", "/assets/..." */
    const char *type; /* for Content-Type */
    const char *etag; /* for ETag, with its quotes: from the uncompressed bytes */
    const unsigned char *data;
    size_t len;
    bool gzip; /* data is gzip: answer with Content-Encoding: gzip */
};

extern const struct amp_asset amp_assets[];
extern const size_t amp_asset_count;

/* docs/openapi.yaml, compiled in by tools/embed. */
extern const unsigned char amp_openapi[];
extern const size_t amp_openapi_len;

/* Of the bundle for a court: src/server/bundle/VERIFY.txt, verify.py, page.css. */
extern const unsigned char amp_bundle_words[], amp_bundle_program[], amp_bundle_style[];
extern const size_t amp_bundle_words_len, amp_bundle_program_len, amp_bundle_style_len;

#endif
