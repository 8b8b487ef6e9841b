/*
 * Partner centres: the other centres that incidents are handed to and taken from.
 *
 * A partner has a name here. When it comes in, it shows a token of the account of that name (role
 * partner); when we go to it, we show the token that it gave us. Its addresses begin with its
 * `url`: what it says is elsewhere is not fetched.
 *
 * The settings are lines "name = value"; # begins a comment:
 *   centre = north.example.org             our own name in messages, one for ever
 *   url = https://north.example.org        where partners reach this server
 *   offer-wait = 60                        seconds in which an offer has to arrive there, or has
 *                                          failed (1 to 3600)
 *   partner = south                        begins what is said of one: its account here
 *   label = South Centre                   as people call it; without, its name
 *   url = https://south.example.org        its server: /v1/eido below it takes what we send
 *   eido = https://...                     another address for that; must begin with its url
 *   token = amp_...                        what we show there
 *   by = value | reference                 send incidents whole, or where to fetch them
 *   subscribe = yes | no                   ask it to tell us by a connection of ours, too
 *   ent = https://...                      another address for that than /v1/eido/subscribe; must
 *                                          begin with its url
 */
#ifndef AMP_SERVER_PARTNER_H
#define AMP_SERVER_PARTNER_H

#include "base/str.h"
#include "model/state.h"

enum {
    AMP_PARTNERS_MAX = 64,
    AMP_PARTNER_OFFER_S = 60, /* where no offer-wait is said */
    AMP_PARTNER_OFFER_MAX_S = 3600,
    AMP_PARTNER_SETTING = 512 /* bytes of one value, and the end */
};

struct amp_partner {
    char name[AMP_WORD_MAX + 1], label[AMP_LINE_MAX + 1];
    char url[AMP_PARTNER_SETTING], eido[AMP_PARTNER_SETTING], token[AMP_PARTNER_SETTING];
    char ent[AMP_PARTNER_SETTING];
    bool by_reference, subscribe;
};

struct amp_partners {
    char centre[AMP_LINE_MAX / 2];
    char url[AMP_PARTNER_SETTING];
    int64_t offer_s;
    struct amp_partner partner[AMP_PARTNERS_MAX];
    size_t n;
};

/* AMP_E_SYNTAX and the like, with the line. */
AMP_MUST amp_err amp_partners_read(struct amp_str text, struct amp_partners *out,
                                   struct amp_why *why);
/* NULL when there is none; also for NULL. */
const struct amp_partner *amp_partner_find(const struct amp_partners *partners,
                                           struct amp_str name);
/* Whether an address is the partner's own: it begins with the url and goes on with / or ends. */
bool amp_partner_owns(const struct amp_partner *partner, struct amp_str address);

/* The account of its name, while it may come in with it; or NULL. */
const struct amp_account *amp_partner_account(const struct amp_partner *partner,
                                              const struct amp_state *state);

#endif
