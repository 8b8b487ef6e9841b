/* Fuzz: the XML parser, whole (where plain documents take their quick way) and in two pieces, which
 * expat reads: both must tell the same, and refuse the same. */
#include "base/xml.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told, as one number. */
static void mix(uint64_t *sum, const void *data, size_t len)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < len; i++) {
        *sum = (*sum ^ at[i]) * UINT64_C(0x100000001B3);
    }
    *sum = (*sum ^ 0x100) * UINT64_C(0x100000001B3);
}

static amp_err on_start(void *ctx, const char *name, const char *const *attrs)
{
    mix(ctx, name, strlen(name));
    for (; *attrs != NULL; attrs++) {
        mix(ctx, *attrs, strlen(*attrs));
    }
    return AMP_OK;
}

static amp_err on_end(void *ctx, const char *name, struct amp_str text)
{
    mix(ctx, name, strlen(name));
    mix(ctx, text.ptr, text.len);
    return text.len <= AMP_XML_TEXT_MAX ? AMP_OK : AMP_E_CORRUPT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sums[2] = {1, 1};
    struct amp_xml_handler handler = {.ctx = &sums[0], .start = on_start, .end = on_end};
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
