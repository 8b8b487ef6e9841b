/*
 * The quick way through plain XML documents. Private to xml.c.
 *
 * Most messages are plain: UTF-8 with no entity, no CDATA, no processing instruction, names of
 * ASCII letters. Those are read here in one pass, into tokens; of all others, and of all in which
 * anything is wrong, nothing is said but that they are not plain, and expat reads them from their
 * beginning. So expat alone decides what is well-formed, and this must only never take what expat
 * refuses, nor tell it otherwise: fuzz/xml_fuzz.c and the tests hold the two against each other.
 */
#ifndef AMP_BASE_XML_PLAIN_H
#define AMP_BASE_XML_PLAIN_H

#include "base/buf.h"

enum {
    AMP_XML_PLAIN_MAX = 65536, /* bytes of a document; longer ones are expat's */
    AMP_XML_PLAIN_ATTRS = 16,  /* of one element; so for more */
    AMP_XML_PLAIN_SPACES = 32  /* name spaces that are open */
};

enum amp_xml_plain_kind {
    AMP_XML_PLAIN_START, /* at: its full name in `texts`; attr_n attributes behind it */
    AMP_XML_PLAIN_ATTR,  /* at: name, len: value, both in `texts` */
    AMP_XML_PLAIN_TEXT,  /* at, len: in the document */
    AMP_XML_PLAIN_END    /* at: as START */
};

struct amp_xml_plain_token {
    enum amp_xml_plain_kind kind;
    uint32_t at, len;
    uint32_t line;   /* counted from 1 */
    uint32_t attr_n; /* of a START: that many ATTR follow */
};

struct amp_xml_plain {
    struct amp_xml_plain_token *token;
    size_t n, cap;
    struct amp_buf texts; /* names and values, each terminated */
};

/* False: not plain, or memory is short. To be freed in any case. */
bool amp_xml_plain_scan(struct amp_str text, size_t depth_max, struct amp_xml_plain *out);
void amp_xml_plain_free(struct amp_xml_plain *plain); /* accepts zeroes */

#endif
