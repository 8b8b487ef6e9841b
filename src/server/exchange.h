/*
 * Incidents that two centres work on: what is told to partners, and what they tell.
 *
 * Whatever changes on an incident that a partner may be told of (model/exchange.h) goes to it as
 * one whole EIDO, when the change is durable and a moment after the last one, by an errand
 * (outbound.h). Every message also says what we hold of the newest offer, so that nothing depends
 * on one message: a lost one is made good by the next, a repeated one changes nothing. After a
 * start all partners of incidents that are open, or changed lately, are told once more. An offer
 * that does not reach the partner within the time of the settings (partner.h) has failed, and the
 * desk sees so; other changes are tried for AMP_EXCHANGE_TRY_S.
 *
 * The address of a message says, as query: transfer=offered|accepted|refused|none and offer=N, the
 * time of the offer in microseconds. A partner that knows nothing of this reads the EIDO alone: a
 * new incident is an offer to it, and an answer without a member "transfer" says it took it.
 *
 * On the core's thread.
 */
#ifndef AMP_SERVER_EXCHANGE_H
#define AMP_SERVER_EXCHANGE_H

#include "intake/eido.h"
#include "model/state.h"
#include "server/partner.h"

/* What an EIDO is asked for and given as (NENA-STA-021.1, NENA-STA-024.1). */
#define AMP_EIDO_MEDIA "application/emergency.eido+json; version=\"1\""

enum {
    AMP_EXCHANGE_PAUSE_MS = 300,  /* after a change, for what comes with it */
    AMP_EXCHANGE_NOTIFY_MS = 100, /* the same, for who subscribed */
    AMP_EXCHANGE_FIRST_MS = 1000,
    AMP_EXCHANGE_LONGEST_MS = 60000,
    AMP_EXCHANGE_TIMEOUT_MS = 10000,
    AMP_EXCHANGE_TRY_S = 24 * 3600,
    AMP_EXCHANGE_LINKS = 10000 /* that are told at once; more wait for a restart */
};

struct amp_server;
struct amp_exchanges;
struct amp_job;

AMP_MUST amp_err amp_exchange_start(struct amp_server *server); /* the state is folded */
void amp_exchange_close(struct amp_exchanges *exchanges);       /* accepts NULL */
/* An event was applied: perhaps there is something to tell. */
AMP_MUST amp_err amp_exchange_event(struct amp_server *server, const struct amp_event *event);
/* Tells what is due. When there may be more to tell, on the steady clock; INT64_MAX: not known. */
AMP_MUST int64_t amp_exchange_tick(struct amp_server *server);

/* Whether the partner of this link is told of it, and what: all, or after its refusal only that. */
bool amp_exchange_tells(const struct amp_link *link);
/* What our messages say of the newest offer: "offered", "accepted", "refused", "none". */
const char *amp_exchange_word(const struct amp_link *link);
/* The EIDO for this partner. */
AMP_MUST amp_err amp_exchange_write(const struct amp_server *server,
                                    const struct amp_incident *incident,
                                    const struct amp_link *link, struct amp_arena *arena,
                                    struct amp_buf *out, struct amp_why *why);
/* The partner has taken it, up to that event, in another way: by its subscription (notifier.h).
 * transfers: it knows what an offer is; of one that does not, hearing of an offer is no answer. */
void amp_exchange_heard(struct amp_server *server, const struct amp_partner *partner,
                        struct amp_incident_id id, uint64_t seq, bool transfers);

/* ---- eido_out.c ---- */

/* What the incident is called between us and the partner (NULL: by everybody else), in the arena.
 */
struct amp_str amp_eido_name(const struct amp_server *server, const struct amp_incident *incident,
                             const struct amp_link *link, struct amp_arena *arena);
/* The incident as an EIDO. Notes of partners are left out; the oldest of ours go when it is too
 * long. bare: only that it exists and how it stands, for who refused it. */
AMP_MUST amp_err amp_eido_of(const struct amp_server *server, const struct amp_incident *incident,
                             const struct amp_link *link, bool bare, struct amp_arena *arena,
                             struct amp_buf *out, struct amp_why *why);

/* ---- eido_in.c ---- */

/* What an EIDO of this partner says, as the job's command (take-exchange). */
AMP_MUST amp_err amp_eido_command(struct amp_server *server, struct amp_job *job,
                                  const struct amp_partner *partner, const struct amp_eido *eido,
                                  struct amp_why *why);

#endif
