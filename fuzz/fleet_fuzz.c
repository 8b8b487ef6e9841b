/* Any bytes as positions in every fleet format; as NMEA also with the checksums that they would
 * have. */
#include "fleet/fleet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const struct amp_fleet *format, const void *data, size_t size)
{
    struct amp_str bytes = {.ptr = data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_fleet_report *report = NULL;
    size_t n = 0;
    struct amp_why why = {0};
    (void)!amp_fleet_parse(format, bytes, INT64_C(1795000000000000), &arena, &report, &n, &why);
    amp_arena_drop(&arena);
}

/* What stands between '$' or '\' and '*' is summed up behind it. */
static void mend(char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '*' && size - i > 2) {
            text[i + 1] = digits[sum >> 4];
            text[i + 2] = digits[sum & 15];
            i += 2;
        }
        sum = text[i] == '$' || text[i] == '\\' ? 0 : sum ^ (unsigned char)text[i];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < amp_fleet_count(); i++) {
        read_as(amp_fleet_at(i), data, size);
    }
    char *mended = malloc(size + 1);
    if (mended != NULL) {
        memcpy(mended, data, size);
        mend(mended, size);
        read_as(amp_fleet_find(AMP_STR("nmea")), mended, size);
    }
    free(mended);
    return 0;
}
