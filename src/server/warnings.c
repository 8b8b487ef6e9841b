/* The settings of warnings to the public. */
#include "server/warnings.h"
#include "intake/warning.h"
#include "server/settings.h"
#include <string.h>

static amp_err url_read(struct amp_str value, char out[AMP_WARNINGS_SETTING])
{
    while (value.len > 0 && value.ptr[value.len - 1] == '/') {
        value.len--;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (strchr("&<>\"'?#", value.ptr[i]) != NULL) {
            return AMP_E_SYNTAX; /* it stands in XML, and paths follow it */
        }
    }
    return amp_url_is_web(value) ? amp_str_copy(out, AMP_WARNINGS_SETTING, value) : AMP_E_SYNTAX;
}

amp_err amp_warning_settings_read(struct amp_str text, struct amp_warning_settings *out,
                                  struct amp_why *why)
{
    struct amp_settings settings = {.rest = text};
    struct amp_warning_settings read = {.two = false};
    while (amp_settings_next(&settings)) {
        amp_err err = AMP_E_SYNTAX;
        if (amp_str_is(settings.name, "sender")) {
            err = amp_warning_sender_valid(settings.value)
                      ? amp_str_copy(read.sender, sizeof read.sender, settings.value)
                      : AMP_E_RANGE;
        } else if (amp_str_is(settings.name, "name")) {
            err = amp_str_copy(read.name, sizeof read.name, settings.value);
        } else if (amp_str_is(settings.name, "feed")) {
            err = url_read(settings.value, read.feed);
        } else if (amp_str_is(settings.name, "two")) {
            err = amp_setting_yes(settings.value, &read.two);
        }
        if (err != AMP_OK) {
            return amp_fail(why, err,
                            "line %u: \"%.*s\" is no setting of warnings, or has another "
                            "value than it may have",
                            settings.line, (int)(settings.name.len < 40 ? settings.name.len : 40),
                            settings.name.ptr);
        }
    }
    if (read.sender[0] == '\0') {
        return amp_fail(why, AMP_E_MISSING, "sender = ... is missing: who warns");
    }
    *out = read;
    return AMP_OK;
}
