/* The settings of partner centres. */
#include "server/partner.h"
#include "model/field.h"
#include "server/settings.h"
#include <string.h>

static amp_err by_read(struct amp_str value, struct amp_partner *partner)
{
    partner->by_reference = amp_str_is(value, "reference");
    return partner->by_reference || amp_str_is(value, "value") ? AMP_OK : AMP_E_RANGE;
}

static amp_err partner_begin(struct amp_str name, struct amp_partners *out)
{
    if (out->n == AMP_PARTNERS_MAX || amp_partner_find(out, name) != NULL ||
        !amp_word_valid(name)) {
        return AMP_E_RANGE;
    }
    struct amp_partner *partner = &out->partner[out->n++];
    *partner = (struct amp_partner){.by_reference = false};
    return amp_str_copy(partner->name, sizeof partner->name, name);
}

static amp_err wait_read(struct amp_str value, struct amp_partners *out)
{
    int64_t seconds = 0;
    amp_err err = amp_str_i64(value, &seconds);
    if (err == AMP_OK && (seconds < 1 || seconds > AMP_PARTNER_OFFER_MAX_S)) {
        err = AMP_E_RANGE;
    }
    out->offer_s = err == AMP_OK ? seconds : out->offer_s;
    return err;
}

static amp_err setting_read(struct amp_str name, struct amp_str value, struct amp_partners *out)
{
    struct amp_partner *partner = out->n > 0 ? &out->partner[out->n - 1] : NULL;
    if (amp_str_is(name, "partner")) {
        return partner_begin(value, out);
    }
    if (partner == NULL) {
        return amp_str_is(name, "centre") ? amp_str_copy(out->centre, sizeof out->centre, value)
               : amp_str_is(name, "url")  ? amp_str_copy(out->url, sizeof out->url, value)
               : amp_str_is(name, "offer-wait") ? wait_read(value, out)
                                                : AMP_E_NOT_FOUND;
    }
    if (amp_str_is(name, "by")) {
        return by_read(value, partner);
    }
    if (amp_str_is(name, "subscribe")) {
        return amp_setting_yes(value, &partner->subscribe);
    }
    return amp_str_is(name, "label")   ? amp_str_copy(partner->label, sizeof partner->label, value)
           : amp_str_is(name, "url")   ? amp_str_copy(partner->url, sizeof partner->url, value)
           : amp_str_is(name, "eido")  ? amp_str_copy(partner->eido, sizeof partner->eido, value)
           : amp_str_is(name, "ent")   ? amp_str_copy(partner->ent, sizeof partner->ent, value)
           : amp_str_is(name, "token") ? amp_str_copy(partner->token, sizeof partner->token, value)
                                       : AMP_E_NOT_FOUND;
}

/* An address without a slash at its end, so that paths can be put behind it. */
static void slash_drop(char *url)
{
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/') {
        url[--n] = '\0';
    }
}

/* An address that was not said is below the partner's url; one that was has to be. */
static amp_err below_check(const struct amp_partner *partner, const char *name, const char *tail,
                           char address[AMP_PARTNER_SETTING], struct amp_why *why)
{
    size_t n = strlen(partner->url), tail_n = strlen(tail);
    if (address[0] == '\0') {
        if (n + tail_n >= AMP_PARTNER_SETTING) {
            return amp_fail(why, AMP_E_LIMIT, "the address of %s is too long", partner->name);
        }
        memcpy(address, partner->url, n);
        memcpy(address + n, tail, tail_n + 1);
    }
    return amp_partner_owns(partner, amp_str_of(address))
               ? AMP_OK
               : amp_fail(why, AMP_E_RANGE, "\"%s\" of %s must begin with its url", name,
                          partner->name);
}

static amp_err partner_check(struct amp_partner *partner, struct amp_why *why)
{
    slash_drop(partner->url);
    if (!amp_url_is_web(amp_str_of(partner->url))) {
        return amp_fail(why, AMP_E_MISSING, "the partner %s needs a line \"url = https://...\"",
                        partner->name);
    }
    if (strpbrk(partner->token, "\r\n\t ") != NULL || partner->token[0] == '\0') {
        return amp_fail(why, AMP_E_RANGE, "the partner %s needs a token without blanks",
                        partner->name);
    }
    if (partner->label[0] == '\0') {
        memcpy(partner->label, partner->name, sizeof partner->name);
    }
    amp_err err = below_check(partner, "eido", "/v1/eido", partner->eido, why);
    return err ? err : below_check(partner, "ent", "/v1/eido/subscribe", partner->ent, why);
}

static amp_err partners_check(struct amp_partners *partners, struct amp_why *why)
{
    slash_drop(partners->url);
    if (!amp_domain_valid(partners->centre)) {
        return amp_fail(why, AMP_E_MISSING,
                        "the first lines must say \"centre = NAME\": letters, digits, dots and "
                        "hyphens");
    }
    if (!amp_url_is_web(amp_str_of(partners->url))) {
        return amp_fail(why, AMP_E_MISSING,
                        "the first lines must say \"url = https://...\", where partners reach us");
    }
    amp_err err = AMP_OK;
    for (size_t i = 0; i < partners->n && err == AMP_OK; i++) {
        err = partner_check(&partners->partner[i], why);
    }
    return err;
}

amp_err amp_partners_read(struct amp_str text, struct amp_partners *out, struct amp_why *why)
{
    *out = (struct amp_partners){.offer_s = AMP_PARTNER_OFFER_S};
    struct amp_settings settings = {.rest = text};
    while (amp_settings_next(&settings)) {
        if (!amp_utf8_valid(settings.value) ||
            setting_read(settings.name, settings.value, out) != AMP_OK) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %u of the partners' settings is none of centre, url, "
                            "offer-wait (1 to 3600 seconds), partner, label, eido, ent, token, by "
                            "(value or reference), subscribe (yes or no), is too long, or names a "
                            "partner twice",
                            settings.line);
        }
    }
    return partners_check(out, why);
}

const struct amp_partner *amp_partner_find(const struct amp_partners *partners, struct amp_str name)
{
    for (size_t i = 0; partners != NULL && i < partners->n; i++) {
        if (amp_str_is(name, partners->partner[i].name)) {
            return &partners->partner[i];
        }
    }
    return NULL;
}

bool amp_partner_owns(const struct amp_partner *partner, struct amp_str address)
{
    struct amp_str url = amp_str_of(partner->url);
    return amp_str_starts(address, url) && (address.len == url.len || address.ptr[url.len] == '/');
}

const struct amp_account *amp_partner_account(const struct amp_partner *partner,
                                              const struct amp_state *state)
{
    const struct amp_account *account = amp_state_account(state, amp_str_of(partner->name));
    return account != NULL && account->role == AMP_ROLE_PARTNER && !account->disabled ? account
                                                                                      : NULL;
}
