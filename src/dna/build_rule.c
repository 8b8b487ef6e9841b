/* Settings that differ by dye or marker: what is more exact counts. */
#include "dna/build_in.h"

#include <stdio.h>

static char capital(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* "blue" is "Blue" and "B"; "B" is never "black". */
static bool dye_same(struct amp_str asked, struct amp_str dye)
{
    if (asked.len == 1 && dye.len > 0) {
        return capital(asked.ptr[0]) == capital(dye.ptr[0]) && !amp_str_is(dye, "black");
    }
    return amp_dna_marker_same(asked, dye);
}

amp_err amp_mix_rule_check(const struct amp_mix_settings *settings, const struct amp_mix_rule *rule,
                           const char *name, const double limit[2], struct amp_why *why)
{
    bool fits = rule->value >= limit[0] && rule->value <= limit[1];
    for (size_t i = 0; i < rule->dye_n; i++) {
        fits = fits && rule->dye[i].value >= limit[0] && rule->dye[i].value <= limit[1];
    }
    for (size_t i = 0; i < rule->marker_n; i++) {
        fits = fits && rule->marker_value[i] >= limit[0] && rule->marker_value[i] <= limit[1];
    }
    if (!fits) {
        return amp_fail(why, AMP_E_RANGE, "%s must be from %g to %g", name, limit[0], limit[1]);
    }
    if (rule->dye_n > 0 && settings->kit == NULL) {
        return amp_fail(why, AMP_E_MISSING,
                        "%s is given for dyes: name the kit, so that the dye of a marker is known",
                        name);
    }
    return AMP_OK;
}

amp_err amp_mix_rule_value(struct amp_mix_draft *draft, const struct amp_mix_rule *rule,
                           const char *name, struct amp_str marker, double *out)
{
    for (size_t i = 0; i < rule->marker_n; i++) {
        if (amp_dna_marker_same(rule->marker[i], marker)) {
            *out = rule->marker_value[i];
            return AMP_OK;
        }
    }
    if (rule->dye_n > 0 && draft->kit == NULL) {
        return amp_fail(draft->why, AMP_E_NOT_FOUND,
                        "marker %.*s is not in kit %.*s, so its dye and %s are not known; choose "
                        "the kit of the stain, or give %s for the marker",
                        (int)marker.len, marker.ptr, (int)draft->settings->kit->name.len,
                        draft->settings->kit->name.ptr, name, name);
    }
    for (size_t i = 0; i < rule->dye_n; i++) {
        if (dye_same(rule->dye[i].dye, draft->kit->dye)) {
            *out = rule->dye[i].value;
            return AMP_OK;
        }
    }
    if (rule->dye_n > 0) {
        amp_mix_note(draft, "%.*s: no %s is given for its dye %.*s; %g is used", (int)marker.len,
                     marker.ptr, name, (int)draft->kit->dye.len, draft->kit->dye.ptr, rule->value);
    }
    *out = rule->value;
    return AMP_OK;
}
