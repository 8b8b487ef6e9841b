/*
 * An incident that two centres work on: what each knows of the other's part of it.
 *
 * A link is one incident with one partner centre. It is made by an offer, ours or theirs, and its
 * life is that of the newest offer: offered, then accepted or refused by people of the other
 * centre, or failed because the other centre could not be reached. Offers of one link are told
 * apart by their time, which only grows, whichever of the two makes them. While an offer stands or
 * was accepted, each centre tells the other its notes, its state and its crews; they stay apart
 * from one's own, and are never sent back.
 *
 * Standard: NENA-STA-021.1b (EIDO); which components say what is in intake/eido.h.
 */
#ifndef AMP_MODEL_EXCHANGE_H
#define AMP_MODEL_EXCHANGE_H

#include "base/str.h"
#include "model/ids.h"
#include "model/life.h"

enum {
    AMP_LINKS_MAX = 8,         /* partner centres of one incident */
    AMP_LINK_UNITS_MAX = 64,   /* crews of one partner on one incident */
    AMP_LINK_NOTES_MAX = 4096, /* notes of one partner on one incident */
    AMP_REPORT_NOTES_MAX = 256 /* in one message */
};

enum amp_transfer {
    AMP_TRANSFER_OFFERED,
    AMP_TRANSFER_ACCEPTED,
    AMP_TRANSFER_REFUSED,
    AMP_TRANSFER_FAILED,
    AMP_TRANSFERS
};

const char *amp_transfer_name(enum amp_transfer transfer); /* "offered" */

struct amp_partner_unit {
    const char *name; /* as the partner calls it */
    enum amp_unit_status status;
    int64_t since_us;
};

struct amp_link {
    const char *partner;
    const char *tracking;      /* what the two call the incident; NULL: by our number, which is */
    struct amp_incident_id as; /* this one, also after it was merged into another */
    bool outward;              /* the newest offer is ours */
    enum amp_transfer transfer;
    int64_t offer_us;   /* of the newest offer */
    int64_t changed_us; /* of the transfer */
    const char *status; /* what the partner says of its part; NULL not said */
    struct amp_partner_unit *unit;
    size_t unit_n, unit_cap;
    uint64_t *note; /* hashes of the names of those taken, sorted */
    size_t note_n, note_cap;
};

/* May this partner be told what we know? */
bool amp_link_tells(const struct amp_link *link);
uint64_t amp_link_note_hash(struct amp_str name);
bool amp_link_note_known(const struct amp_link *link, struct amp_str name);
const struct amp_partner_unit *amp_link_unit(const struct amp_link *link, struct amp_str name);
void amp_link_finish(struct amp_link *link);

/* What a message of a partner says beside the fields of its command; texts are borrowed. */
struct amp_exchange_note {
    struct amp_str name; /* the same whenever this note comes; a line */
    struct amp_str text;
};
struct amp_exchange_unit {
    struct amp_str name; /* a line */
    enum amp_unit_status status;
};
struct amp_exchange {
    const struct amp_exchange_note *note;
    size_t note_n;
    const struct amp_exchange_unit *unit; /* all that are on it */
    size_t unit_n;
    struct amp_str status; /* of the partner's part, a word; empty: not said */
};

#endif
