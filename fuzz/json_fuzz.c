/* Fuzz: the JSON reader; what is read must be read again after it is written by jansson. */
#include "base/json.h"
#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = NULL;
    json_t *again = NULL;
    struct amp_why why;
    if (amp_json_read((struct amp_str){(const char *)data, size}, 1 << 16, &root, &why)) {
        assert(amp_utf8_valid(amp_str_of(why.text)));
        return 0;
    }
    char *text = json_dumps(root, JSON_COMPACT);
    assert(text && amp_json_read(amp_str_of(text), 1 << 20, &again, &why) == AMP_OK);
    assert(json_equal(root, again));
    free(text);
    json_decref(root);
    json_decref(again);
    return 0;
}
