/* The push parser over expat, and the quick way of plain documents (xml_plain.h), which come to the
 * same three functions. The texts of the open elements are one stack: that of an element goes
 * on where its child began, once the child has ended. */
#include "base/xml.h"
#include "base/buf.h"
#include "base/xml_plain.h"
#include <assert.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_MAX = 1 << 20
};

struct amp_xml {
    struct amp_xml_handler handler;
    XML_Parser expat; /* NULL until it is needed */
    uint64_t line;    /* without it */
    size_t depth;
    amp_err err;         /* sticky */
    const char *refusal; /* what we refused by ourselves; NULL if the handler or expat did */
    bool finished;
    struct amp_buf text;         /* of the open elements, the outermost first */
    size_t begin[AMP_XML_DEPTH]; /* of each, in it */
};

static void stop(struct amp_xml *xml, amp_err err, const char *refusal)
{
    xml->err = err;
    xml->refusal = refusal;
    if (xml->expat) {
        (void)XML_StopParser(xml->expat, XML_FALSE);
    }
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
    struct amp_xml *xml = ctx;
    if (xml->err) {
        return;
    }
    if (xml->depth == AMP_XML_DEPTH) {
        stop(xml, AMP_E_LIMIT, "elements nest too deep");
        return;
    }
    xml->begin[xml->depth++] = xml->text.len;
    amp_err err = AMP_OK;
    if (xml->handler.start) {
        err = xml->handler.start(xml->handler.ctx, name, (const char *const *)attrs);
    }
    if (err) {
        stop(xml, err, NULL);
    }
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct amp_xml *xml = ctx;
    if (xml->err) {
        return; /* expat still closes an empty element after a stop */
    }
    assert(xml->depth > 0);
    const size_t begin = xml->begin[--xml->depth];
    const struct amp_str text = {.ptr = xml->text.len > begin ? xml->text.data + begin : NULL,
                                 .len = xml->text.len - begin};
    amp_err err = AMP_OK;
    if (xml->handler.end) {
        err = xml->handler.end(xml->handler.ctx, name, text);
    }
    xml->text.len = begin;
    if (err) {
        stop(xml, err, NULL);
    }
}

static void XMLCALL on_text(void *ctx, const XML_Char *data, int len)
{
    struct amp_xml *xml = ctx;
    if (xml->err) {
        return;
    }
    assert(xml->depth > 0 && len >= 0);
    struct amp_buf *text = &xml->text;
    const size_t before = text->len - xml->begin[xml->depth - 1];
    if ((size_t)len > AMP_XML_TEXT_MAX - before) {
        stop(xml, AMP_E_LIMIT, "the text of one element is too long");
        return;
    }
    amp_buf_put(text, data, (size_t)len);
    if (amp_buf_err(text)) {
        stop(xml, amp_buf_err(text), "memory is short");
    }
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid,
                               const XML_Char *pubid, int has_internal_subset)
{
    (void)name, (void)sysid, (void)pubid, (void)has_internal_subset;
    stop(ctx, AMP_E_UNSUPPORTED, "a DOCTYPE is not accepted; send the document without it");
}

amp_err amp_xml_create(const struct amp_xml_handler *handler, struct amp_xml **out)
{
    struct amp_xml *xml = malloc(sizeof(*xml));
    if (!xml) {
        return AMP_E_NOMEM;
    }
    *xml = (struct amp_xml){.handler = *handler, .line = 1};
    xml->text = amp_buf_make((size_t)AMP_XML_DEPTH * AMP_XML_TEXT_MAX);
    *out = xml;
    return AMP_OK;
}

static amp_err expat_begin(struct amp_xml *xml)
{
    xml->expat = XML_ParserCreateNS(NULL, '|');
    if (!xml->expat) {
        xml->err = AMP_E_NOMEM;
        return xml->err;
    }
    XML_SetUserData(xml->expat, xml);
    XML_SetElementHandler(xml->expat, on_start, on_end);
    if (!xml->handler.skip_text) {
        XML_SetCharacterDataHandler(xml->expat, on_text);
    }
    XML_SetStartDoctypeDeclHandler(xml->expat, on_doctype);
    return AMP_OK;
}

void amp_xml_destroy(struct amp_xml *xml)
{
    if (!xml) {
        return;
    }
    if (xml->expat) {
        XML_ParserFree(xml->expat);
    }
    amp_buf_free(&xml->text);
    free(xml);
}

uint64_t amp_xml_line(const struct amp_xml *xml)
{
    return xml->expat ? XML_GetCurrentLineNumber(xml->expat) : xml->line;
}

/* After expat said no: keep our own error, or make one of expat's. */
static amp_err refuse(struct amp_xml *xml, struct amp_why *why)
{
    enum XML_Error code = XML_GetErrorCode(xml->expat);
    const char *reason = xml->refusal;
    if (!xml->err) {
        xml->err = code == XML_ERROR_NO_MEMORY ? AMP_E_NOMEM : AMP_E_SYNTAX;
        reason = XML_ErrorString(code);
    }
    if (!reason) {
        return xml->err; /* the handler has said what it had to say */
    }
    return amp_fail(why, xml->err, "the XML is refused at line %lu, column %lu: %s",
                    (unsigned long)XML_GetCurrentLineNumber(xml->expat),
                    (unsigned long)XML_GetCurrentColumnNumber(xml->expat) + 1, reason);
}

static void plain_start(struct amp_xml *xml, const struct amp_xml_plain *plain,
                        const struct amp_xml_plain_token *token)
{
    const char *attrs[2 * AMP_XML_PLAIN_ATTRS + 1];
    const char *texts = plain->texts.data;
    size_t n = 0;
    for (uint32_t i = 1; i <= token->attr_n; i++) {
        attrs[n++] = texts + token[i].at;
        attrs[n++] = texts + token[i].len;
    }
    attrs[n] = NULL;
    on_start(xml, texts + token->at, attrs);
}

/* What expat would have told of it. */
static void plain_tell(struct amp_xml *xml, const struct amp_xml_plain *plain, struct amp_str text)
{
    for (size_t i = 0; i < plain->n && !xml->err; i++) {
        const struct amp_xml_plain_token *token = &plain->token[i];
        xml->line = token->line;
        if (token->kind == AMP_XML_PLAIN_START) {
            plain_start(xml, plain, token);
        } else if (token->kind == AMP_XML_PLAIN_END) {
            on_end(xml, plain->texts.data + token->at);
        } else if (token->kind == AMP_XML_PLAIN_TEXT && !xml->handler.skip_text) {
            on_text(xml, text.ptr + token->at, (int)token->len);
        }
    }
}

/* False: expat is to read it. Nothing has been told then. */
static bool plain_read(struct amp_xml *xml, struct amp_str text, struct amp_why *why)
{
    struct amp_xml_plain plain;
    bool is_plain = amp_xml_plain_scan(text, AMP_XML_DEPTH, &plain);
    if (is_plain) {
        plain_tell(xml, &plain, text);
    }
    amp_xml_plain_free(&plain);
    if (xml->err && xml->refusal) {
        (void)amp_fail(why, xml->err, "the XML is refused at line %lu: %s",
                       (unsigned long)xml->line, xml->refusal);
    }
    return is_plain;
}

amp_err amp_xml_feed(struct amp_xml *xml, const void *data, size_t len, bool last,
                     struct amp_why *why)
{
    assert(!xml->finished || xml->err); /* nothing comes after the last piece */
    if (xml->err) {
        return xml->err;
    }
    xml->finished = last;
    if (!xml->expat) {
        if (last && plain_read(xml, (struct amp_str){data, len}, why)) {
            return xml->err;
        }
        amp_err err = expat_begin(xml);
        if (err) {
            return err;
        }
    }
    const char *at = data;
    do {
        size_t chunk = len < CHUNK_MAX ? len : CHUNK_MAX;
        len -= chunk;
        if (XML_Parse(xml->expat, chunk ? at : "", (int)chunk, last && len == 0) != XML_STATUS_OK) {
            return refuse(xml, why);
        }
        at = chunk ? at + chunk : at;
    } while (len > 0);
    return AMP_OK;
}

const char *amp_xml_attr(const char *const *attrs, const char *name)
{
    for (; attrs[0]; attrs += 2) {
        if (strcmp(attrs[0], name) == 0) {
            return attrs[1];
        }
    }
    return NULL;
}

amp_err amp_xml_parse(struct amp_str text, size_t max_bytes, const struct amp_xml_handler *handler,
                      struct amp_why *why)
{
    if (text.len > max_bytes) {
        return amp_fail(why, AMP_E_LIMIT, "the XML has %zu bytes; at most %zu are accepted",
                        text.len, max_bytes);
    }
    struct amp_xml *xml = NULL;
    amp_err err = amp_xml_create(handler, &xml);
    if (!err) {
        err = amp_xml_feed(xml, text.ptr, text.len, true, why);
    }
    amp_xml_destroy(xml);
    return err;
}
