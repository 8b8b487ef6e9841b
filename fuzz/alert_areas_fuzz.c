/* Any bytes as a table of alert areas: what is taken is found again, and is of the form it says. */
#include "intake/alert_area.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_alert_areas *areas = NULL;
    struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_why why = {""};
    if (amp_alert_areas_read(text, &areas, &why) != AMP_OK) {
        assert(areas == NULL && why.text[0] != '\0');
        return 0;
    }
    while (text.len > 0) {
        struct amp_str line = {0}, code = {0};
        text = amp_str_cut(text, '\n', &line);
        line = amp_str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        (void)amp_str_cut(line, '=', &code);
        code = amp_str_trim(code);
        const struct amp_str scheme = amp_str_token(&code);
        const struct amp_alert_area *found = NULL;
        size_t n = amp_alert_areas_find(areas, scheme, code, &found);
        assert(n > 0);
        for (size_t i = 0; i < n; i++) {
            int shapes = (found[i].polygon.n >= 4) + (found[i].circle.radius_km >= 0) +
                         (found[i].name.len > 0);
            assert(shapes == 1);
        }
    }
    amp_alert_areas_free(areas);
    return 0;
}
