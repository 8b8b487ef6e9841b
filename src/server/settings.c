/* Lines "name = value" out of a file of settings. */
#include "server/settings.h"
#include <string.h>

bool amp_settings_next(struct amp_settings *settings)
{
    while (settings->rest.len > 0) {
        struct amp_str line = {0}, name = {0};
        settings->rest = amp_str_cut(settings->rest, '\n', &line);
        settings->line++;
        line = amp_str_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            settings->value = amp_str_trim(amp_str_cut(line, '=', &name));
            settings->name = amp_str_trim(name);
            return true;
        }
    }
    return false;
}

amp_err amp_setting_yes(struct amp_str value, bool *out)
{
    *out = amp_str_is(value, "yes");
    return *out || amp_str_is(value, "no") ? AMP_OK : AMP_E_RANGE;
}

bool amp_url_is_web(struct amp_str url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~') {
            return false;
        }
    }
    return amp_str_starts(url, AMP_STR("https://")) || amp_str_starts(url, AMP_STR("http://"));
}

bool amp_domain_valid(const char *name)
{
    return name[0] != '\0' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
               strlen(name);
}
