/* Fuzz target: records, one a line, of which a backup takes the names of media. */
#include "base/str.h"
#include "server/mediacopy.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str rest = {(const char *)data, size}, line = {0};
    struct amp_media_fold *fold = amp_media_fold_create();
    struct amp_media_names names = {0};
    uint64_t seq = 0;
    if (fold == NULL) {
        return 0;
    }
    while (rest.len > 0) {
        rest = amp_str_cut(rest, '\n', &line);
        if (amp_media_fold_take(fold, ++seq, line) != AMP_OK) {
            break;
        }
    }
    if (amp_media_fold_names(fold, &names) == AMP_OK) {
        for (size_t i = 0; i < names.n; i++) {
            assert(strspn(names.name[i].label, "0123456789abcdef") == 2 * AMP_SHA256);
            assert(names.name[i].incident != 0);
        }
        amp_media_names_free(&names);
    }
    amp_media_fold_destroy(fold);
    return 0;
}
