/* Fuzz: the XML parser, in two pieces; whole and in pieces must agree. */
#include "base/xml.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static amp_err on_end(void *ctx, const char *name, struct amp_str text)
{
    size_t *total = ctx;
    *total += text.len + (name[0] != '\0');
    return text.len <= AMP_XML_TEXT_MAX ? AMP_OK : AMP_E_CORRUPT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t sums[2] = {0};
    struct amp_xml_handler handler = {.ctx = &sums[0], .end = on_end};
    struct amp_why why;
    struct amp_str text = {(const char *)data, size};
    amp_err whole = amp_xml_parse(text, SIZE_MAX, &handler, &why);
    struct amp_xml *xml = NULL;
    handler.ctx = &sums[1];
    if (amp_xml_create(&handler, &xml)) {
        return 0;
    }
    size_t half = size ? data[0] % (size + 1) : 0;
    amp_err err = amp_xml_feed(xml, data, half, false, &why);
    err = err ? err : amp_xml_feed(xml, data + half, size - half, true, &why);
    amp_xml_destroy(xml);
    assert(err == whole && (err || sums[0] == sums[1]));
    return 0;
}
