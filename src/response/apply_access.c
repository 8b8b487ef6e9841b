/* apply: agencies, accounts and what they did; the sharing of incidents. */
#include "response/work.h"

void amp_apply_agency_added(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    if (amp_state_agency(state, f->agency) || amp_str_is(f->agency, AMP_CLEAR)) {
        amp_work_corrupt(work, "there is an agency of this name, or there can be none");
    }
    if (state->agency_n >= AMP_AGENCIES_MAX) {
        amp_work_corrupt(work, "there are as many agencies as there can be");
    }
    struct amp_agency agency = {.id = {(uint32_t)state->agency_n + 1},
                                .code = amp_work_share(work, AMP_HAS(AGENCY), f->agency),
                                .label = amp_work_share(work, AMP_HAS(LABEL), f->label)};
    state->agency = amp_work_room(work, state->agency, &state->agency_cap, state->agency_n + 1,
                                  sizeof(*state->agency));
    if (amp_work_ready(work)) {
        state->agency[state->agency_n++] = agency;
        (void)amp_index_put(state->by_name, AMP_SPACE_AGENCY, agency.code, agency.id.n);
    }
}

/* The unit that an account reports for; zero without one, or with AMP_CLEAR. */
static struct amp_unit_id unit_of(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    bool named = (f->has & AMP_HAS(UNIT)) && !amp_str_is(f->unit, AMP_CLEAR);
    const struct amp_unit *unit = named ? amp_work_unit(work) : NULL;
    return unit ? unit->id : (struct amp_unit_id){0};
}

void amp_apply_account_added(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_event *event = work->event;
    const struct amp_fields *f = &event->f;
    if (amp_state_account(state, f->account)) {
        amp_work_corrupt(work, "there is an account of this name");
    }
    if (state->account_n >= AMP_ACCOUNTS_MAX) {
        amp_work_corrupt(work, "there are as many accounts as there can be");
    }
    struct amp_account account = {.id = {(uint32_t)state->account_n + 1},
                                  .name = amp_work_share(work, AMP_HAS(ACCOUNT), f->account),
                                  .role = f->role,
                                  .agency = amp_work_agency(work),
                                  .unit = unit_of(work),
                                  .added_us = event->time_us,
                                  .changed_seq = event->seq};
    state->account = amp_work_room(work, state->account, &state->account_cap, state->account_n + 1,
                                   sizeof(*state->account));
    if (amp_work_ready(work)) {
        state->account[state->account_n++] = account;
        (void)amp_index_put(state->by_name, AMP_SPACE_ACCOUNT, account.name, account.id.n);
    }
}

static struct amp_account *account_of(struct amp_work *work)
{
    const struct amp_account *account = amp_state_account(work->state, work->event->f.account);
    if (!account) {
        amp_work_corrupt(work, "there is no such account");
        return NULL;
    }
    return &work->state->account[account->id.n - 1];
}

void amp_apply_account_changed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_account *account = account_of(work);
    struct amp_agency_id agency = amp_work_agency(work);
    struct amp_unit_id unit = unit_of(work);
    if (!amp_work_ready(work)) {
        return;
    }
    account->role = f->has & AMP_HAS(ROLE) ? f->role : account->role;
    account->agency = f->has & AMP_HAS(AGENCY) ? agency : account->agency;
    account->unit = f->has & AMP_HAS(UNIT) ? unit : account->unit;
    account->disabled = f->has & AMP_HAS(DISABLED) ? f->disabled : account->disabled;
    account->changed_seq = work->event->seq;
}

void amp_apply_credential_set(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_account *account = account_of(work);
    if (!amp_work_ready(work)) {
        return;
    }
    bool there = !(f->has & AMP_HAS(DISABLED)) || !f->disabled;
    if (amp_str_is(f->factor, "password")) {
        account->password = there;
    } else if (amp_str_is(f->factor, "totp")) {
        account->totp = there;
    } else if (amp_str_is(f->factor, "setup") && there) { /* a one-time link, in place of both */
        account->password = false;
        account->totp = false;
    }
    account->changed_seq = work->event->seq;
}

void amp_apply_session_opened(struct amp_work *work)
{
    struct amp_account *account = account_of(work);
    if (amp_work_ready(work)) {
        account->seen_us = work->event->time_us;
        account->failed = 0;
    }
}

/* Sessions and tokens live with their secrets: the state counts them, and no more. */
static void account_named(struct amp_work *work)
{
    (void)account_of(work);
    (void)amp_work_ready(work);
}

void amp_apply_session_ended(struct amp_work *work)
{
    account_named(work);
}

void amp_apply_token_made(struct amp_work *work)
{
    account_named(work);
}

void amp_apply_token_revoked(struct amp_work *work)
{
    account_named(work);
}

void amp_apply_login_failed(struct amp_work *work)
{
    struct amp_account *account = work->event->f.has & AMP_HAS(ACCOUNT) ? account_of(work) : NULL;
    if (amp_work_ready(work) && account) {
        account->failed_us = work->event->time_us;
        account->failed += account->failed < UINT32_MAX;
    }
}

/* A look changes nothing: the audit counts it. */
void amp_apply_incident_viewed(struct amp_work *work)
{
    (void)amp_work_incident(work, work->event->f.incident);
    (void)amp_work_ready(work);
}

void amp_apply_log_viewed(struct amp_work *work)
{
    (void)amp_work_ready(work);
}

static void share_set(struct amp_work *work, bool shared)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_agency_id agency = amp_work_agency(work);
    if (incident && (!agency.n || agency.n == incident->agency.n)) {
        amp_work_corrupt(work, "an incident is shared with another agency");
    }
    amp_work_line(work, incident, amp_work_share(work, AMP_HAS(AGENCY), f->agency));
    if (amp_work_ready(work)) {
        uint64_t bit = UINT64_C(1) << agency.n;
        incident->shared = shared ? incident->shared | bit : incident->shared & ~bit;
        amp_work_done(work);
    }
}

void amp_apply_incident_shared(struct amp_work *work)
{
    share_set(work, true);
}

void amp_apply_incident_unshared(struct amp_work *work)
{
    share_set(work, false);
}

void amp_apply_log_key_set(struct amp_work *work)
{
    const char *vkey = amp_work_share(work, AMP_HAS(VKEY), work->event->f.vkey);
    if (amp_work_ready(work)) {
        work->state->log_vkey = vkey;
    }
}

/* The map is the server's; here it only counts. */
void amp_apply_map_replaced(struct amp_work *work)
{
    (void)amp_work_ready(work);
}

void amp_apply_message_discarded(struct amp_work *work)
{
    (void)amp_work_ready(work);
}

/* Webhooks are the server's, beside the log; here they only count. */
void amp_apply_webhook_added(struct amp_work *work)
{
    (void)amp_work_ready(work);
}

void amp_apply_webhook_removed(struct amp_work *work)
{
    (void)amp_work_ready(work);
}

/* The server keeps the key beside the log; here it only counts. */
void amp_apply_witness_added(struct amp_work *work)
{
    (void)amp_work_ready(work);
}
