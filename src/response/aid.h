/*
 * Agreements of mutual aid between the agencies of one server, and whom they lend. Pure.
 *
 * An agreement is a line of the plans:
 *
 *   aid LENDER to ASKER [types TYPE ...] [capabilities CAPABILITY ...] automatic|on-request [keep
 * N]
 *
 * LENDER lends crews to ASKER for the ASKER's incidents of these types (without `types`: of all,
 * also of those without one), crews that have one of these capabilities (without `capabilities`:
 * all). `automatic`: who dispatches for the ASKER sends the LENDER's free crews directly (what NFPA
 * 1710 calls automatic aid). `on-request`: the LENDER is asked, agrees, and sends them (mutual
 * aid). `keep N`: of each of these capabilities that a crew has, the LENDER keeps N other free
 * crews; what would leave fewer is neither proposed nor sent. It binds the ASKER, never the LENDER
 * over its own crews. Without an agreement nothing is lent. What is lent is free: nobody is
 * diverted.
 */
#ifndef AMP_RESPONSE_AID_H
#define AMP_RESPONSE_AID_H

#include "base/json.h"
#include "model/state.h"
#include "response/plan.h"

enum {
    AMP_AGREEMENTS_MAX = 256,
    AMP_AID_KEEP_MAX = 999,
    AMP_AID_STOCK_MAX =
        128 /* capabilities of one lender that are counted; of others nothing is lent
             */
};

enum amp_aid_how {
    AMP_AID_NONE,
    AMP_AID_ON_REQUEST,
    AMP_AID_AUTOMATIC
};
const char *amp_aid_how_name(enum amp_aid_how how); /* "none", "on-request", "automatic" */

struct amp_agreement {
    int line;                      /* of the plans */
    struct amp_str lender, asker;  /* codes of agencies, which need not be there yet */
    struct amp_words types;        /* none: all */
    struct amp_words capabilities; /* none: all */
    enum amp_aid_how how;
    int keep;
};

/* What stands behind the word "aid". On failure *sentence says what is wrong with the line. */
AMP_MUST amp_err amp_agreement_read(struct amp_str line, struct amp_agreement *out,
                                    const char **sentence);
bool amp_agreement_same(const struct amp_agreement *a, const struct amp_agreement *b);
/* Types, how and keep as members of the open object. */
void amp_agreement_view(struct amp_json *js, const struct amp_agreement *agreement);

/* The free crews of an agency, counted by what they can do. */
struct amp_aid_stock {
    struct amp_agency_id lender;
    size_t all;
    struct {
        struct amp_str capability;
        size_t n;
    } row[AMP_AID_STOCK_MAX];
    size_t row_n;
};
void amp_aid_count(const struct amp_state *state, struct amp_agency_id lender,
                   struct amp_aid_stock *out);

struct amp_aid_answer {
    enum amp_aid_how how; /* how this crew is lent now */
    int keep;             /* of the agreement that says so, or that forbids it */
    size_t room;          /* so many crews with what it can do may go; how NONE: 0 */
    bool kept;            /* how NONE only because the lender keeps its last ones */
    bool some;            /* the two have any agreement at all */
};
/* plans may be NULL: nothing is agreed. type empty: the incident has none yet. */
struct amp_aid_answer amp_aid_for(const struct amp_plans *plans, const struct amp_aid_stock *stock,
                                  const struct amp_agency *lender, const struct amp_agency *asker,
                                  struct amp_str type, const struct amp_words *capabilities);
/* May the asker ask the lender for such a crew: some agreement covers it, whatever is kept. */
bool amp_aid_may_ask(const struct amp_plans *plans, const struct amp_agency *lender,
                     const struct amp_agency *asker, struct amp_str type,
                     const struct amp_words *capabilities);
/* Is there any agreement by which the one lends to the other? */
bool amp_aid_any(const struct amp_plans *plans, const struct amp_agency *lender,
                 const struct amp_agency *asker);

#endif
