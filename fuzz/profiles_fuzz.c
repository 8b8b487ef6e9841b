/* Any bytes as a file of profile settings, as conditional tags and as the values of road tags. */
#include "base/buf.h"
#include "map/hours.h"
#include "map/road_values.h"
#include "map/settings.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void settings_try(struct amp_str text)
{
    struct amp_settings settings = amp_settings_default();
    struct amp_why why = {""};
    if (amp_settings_read(text, &settings, &why)) {
        assert(why.text[0] != '\0');
        return;
    }
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        for (int i = 0; i < AMP_SET_COUNT; i++) {
            const struct amp_setting_row *row = amp_setting_row_of((enum amp_setting)i);
            assert(settings.value[p][i] >= row->least && settings.value[p][i] <= row->most);
        }
    }
}

static void clauses_try(const char *text)
{
    static const struct amp_when moment = {
        .known = true, .year = 2028, .month = 2, .day = 29, .weekday = 1, .minute = 1439};
    struct amp_clause clause[AMP_HOURS_CLAUSES];
    size_t n = amp_clauses_read(text, clause);
    assert(n <= AMP_HOURS_CLAUSES);
    for (size_t i = 0; i < n; i++) {
        const struct amp_condition *condition = &clause[i].condition;
        for (uint8_t k = 0; condition->understood && k < condition->row_n; k++) {
            assert(amp_hours_row_fits(&condition->row[k])); /* what we write, we accept */
        }
        (void)amp_hours_at(condition->row, condition->row_n, &moment);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_when when;
    struct amp_buf copy = amp_buf_make(1 << 20);
    struct amp_str bytes = {(const char *)data, size};
    amp_buf_put(&copy, data, size);
    const char *text = amp_buf_cstr(&copy);
    settings_try(bytes);
    (void)!amp_when_parse(bytes, &when);
    clauses_try(text);
    (void)amp_maxspeed_kmh(text);
    (void)amp_duration_s(text);
    assert(amp_length_cm(text) >= 0 && amp_weight_kg(text) >= 0);
    amp_buf_free(&copy);
    return 0;
}
