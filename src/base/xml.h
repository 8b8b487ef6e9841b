/*
 * XML by expat: bounded, namespace-aware, refusing any DOCTYPE (so no entity can be declared).
 *
 * Events reach the caller's three functions in document order. Names come as "uri|local" (or
 * "local" without a namespace). A handler stops the parse by returning anything but AMP_OK.
 */
#ifndef AMP_BASE_XML_H
#define AMP_BASE_XML_H

#include "base/str.h"

enum {
    AMP_XML_DEPTH = 32,
    AMP_XML_TEXT_MAX = 1 << 20
};

struct amp_xml_handler {
    void *ctx;
    /* attrs: name, value, name, value, ..., NULL; valid during the call */
    amp_err (*start)(void *ctx, const char *name, const char *const *attrs);
    amp_err (*end)(void *ctx, const char *name, struct amp_str text); /* text directly inside */
    bool skip_text; /* text of any length passes unseen, `end` gets an empty one: for long documents
                     */
};

struct amp_xml; /* a push parser */

AMP_MUST amp_err amp_xml_create(const struct amp_xml_handler *handler, struct amp_xml **out);
AMP_MUST amp_err amp_xml_feed(struct amp_xml *xml, const void *data, size_t len, bool last,
                              struct amp_why *why);
void amp_xml_destroy(struct amp_xml *xml);        /* accepts NULL */
uint64_t amp_xml_line(const struct amp_xml *xml); /* where the parser is, counted from 1 */
const char *amp_xml_attr(const char *const *attrs, const char *name); /* NULL if absent */

/* Whole document at once, at most max_bytes. */
AMP_MUST amp_err amp_xml_parse(struct amp_str text, size_t max_bytes,
                               const struct amp_xml_handler *handler, struct amp_why *why);

#endif
