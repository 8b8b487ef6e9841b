/* decide: agencies, accounts, their credentials, sessions and tokens. */
#include "model/field.h"
#include "response/rules.h"

static amp_err account_emit(struct amp_deciding *d, enum amp_event_kind kind)
{
    const struct amp_kind_row *row = &amp_event_rows[kind];
    amp_fields_take(&amp_emit(d, kind)->f, &d->command->f, row->must | row->may);
    return AMP_OK;
}

amp_err amp_rule_add_agency(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    if (amp_str_is(f->agency, AMP_CLEAR)) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "\"-\" says that there is no agency; choose another name");
    }
    if (amp_state_agency(d->state, f->agency)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is an agency %.*s already", (int)f->agency.len,
                        f->agency.ptr);
    }
    if (d->state->agency_n >= AMP_AGENCIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d agencies, the most there can be",
                        AMP_AGENCIES_MAX);
    }
    return account_emit(d, AMP_EV_AGENCY_ADDED);
}

static amp_err need_account(struct amp_deciding *d, const struct amp_account **out)
{
    struct amp_str name = d->command->f.account;
    *out = amp_state_account(d->state, name);
    if (!*out) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no account %.*s", (int)name.len,
                        name.ptr);
    }
    return AMP_OK;
}

static amp_err need_enabled(struct amp_deciding *d)
{
    const struct amp_account *account = NULL;
    amp_err err = need_account(d, &account);
    if (!err && account->disabled) {
        return amp_fail(d->why, AMP_E_FORBIDDEN,
                        "the account %s is disabled; an admin can enable it", account->name);
    }
    return err;
}

static amp_err unit_check(struct amp_deciding *d, bool may_clear)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_unit *unit = NULL;
    if (!(f->has & AMP_HAS(UNIT)) || (may_clear && amp_str_is(f->unit, AMP_CLEAR))) {
        return AMP_OK;
    }
    return amp_need_unit(d, &unit);
}

/* Names that the program itself acts under: an account of such a name would blur the record. */
static bool name_is_taken(struct amp_str name)
{
    static const char *const names[] = {AMP_CLEAR, "timer",     "local",
                                        "nobody",  "retention", "setup"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (amp_str_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

amp_err amp_rule_add_account(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_agency *agency = NULL;
    if (name_is_taken(f->account)) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "the program itself uses the name \"%.*s\"; choose another",
                        (int)f->account.len, f->account.ptr);
    }
    if (amp_state_account(d->state, f->account)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is an account %.*s already",
                        (int)f->account.len, f->account.ptr);
    }
    if (d->state->account_n >= AMP_ACCOUNTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d accounts, the most there can be",
                        AMP_ACCOUNTS_MAX);
    }
    amp_err err = amp_need_agency(d, false, &agency);
    err = err ? err : unit_check(d, false);
    if (err) {
        return err;
    }
    if (f->role == AMP_ROLE_CREW && !(f->has & AMP_HAS(UNIT))) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "an account of the role crew needs \"unit\": the one it reports for");
    }
    return account_emit(d, AMP_EV_ACCOUNT_ADDED);
}

/* Somebody must be left who can let people in. */
static amp_err admins_check(struct amp_deciding *d, const struct amp_account *account,
                            enum amp_role role, bool disabled)
{
    if (account->role != AMP_ROLE_ADMIN || account->disabled ||
        (role == AMP_ROLE_ADMIN && !disabled)) {
        return AMP_OK;
    }
    for (size_t i = 0; i < d->state->account_n; i++) {
        const struct amp_account *other = &d->state->account[i];
        if (other != account && other->role == AMP_ROLE_ADMIN && !other->disabled) {
            return AMP_OK;
        }
    }
    return amp_fail(d->why, AMP_E_CONFLICT,
                    "%s is the last enabled admin; make another account admin first",
                    account->name);
}

amp_err amp_rule_change_account(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_account *account = NULL;
    const struct amp_agency *agency = NULL;
    amp_err err = need_account(d, &account);
    err = err ? err : amp_need_agency(d, true, &agency);
    err = err ? err : unit_check(d, true);
    if (err) {
        return err;
    }
    if (!(f->has & (AMP_HAS(ROLE) | AMP_HAS(AGENCY) | AMP_HAS(UNIT) | AMP_HAS(DISABLED)))) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "change-account needs \"role\", \"agency\", \"unit\" or \"disabled\"");
    }
    enum amp_role role = f->has & AMP_HAS(ROLE) ? f->role : account->role;
    bool disabled = f->has & AMP_HAS(DISABLED) ? f->disabled : account->disabled;
    bool unit = f->has & AMP_HAS(UNIT) ? !amp_str_is(f->unit, AMP_CLEAR) : account->unit.n != 0;
    if (role == AMP_ROLE_CREW && !unit) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "an account of the role crew needs \"unit\": the one it reports for");
    }
    err = admins_check(d, account, role, disabled);
    return err ? err : account_emit(d, AMP_EV_ACCOUNT_CHANGED);
}

static amp_err factor_check(struct amp_deciding *d)
{
    static const char *const factors[] = {"password", "totp", "token", "setup", "local"};
    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        if (amp_str_is(d->command->f.factor, factors[i])) {
            return AMP_OK;
        }
    }
    return amp_fail(d->why, AMP_E_RANGE,
                    "\"factor\" must be one of password, totp, token, setup, local");
}

amp_err amp_rule_set_credential(struct amp_deciding *d)
{
    const struct amp_account *account = NULL;
    amp_err err = need_account(d, &account);
    err = err ? err : factor_check(d);
    return err ? err : account_emit(d, AMP_EV_CREDENTIAL_SET);
}

amp_err amp_rule_open_session(struct amp_deciding *d)
{
    amp_err err = need_enabled(d);
    err = err ? err : factor_check(d);
    return err ? err : account_emit(d, AMP_EV_SESSION_OPENED);
}

amp_err amp_rule_end_session(struct amp_deciding *d)
{
    const struct amp_account *account = NULL;
    amp_err err = need_account(d, &account);
    return err ? err : account_emit(d, AMP_EV_SESSION_ENDED);
}

amp_err amp_rule_fail_login(struct amp_deciding *d)
{
    const struct amp_account *account = NULL;
    amp_err err = d->command->f.has & AMP_HAS(ACCOUNT) ? need_account(d, &account) : AMP_OK;
    err = err ? err : factor_check(d);
    return err ? err : account_emit(d, AMP_EV_LOGIN_FAILED);
}

amp_err amp_rule_make_token(struct amp_deciding *d)
{
    amp_err err = need_enabled(d);
    if (err) {
        return err;
    }
    if (!d->command->f.scopes.n) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "\"scopes\" must name what the token is for, such as \"read\"");
    }
    return account_emit(d, AMP_EV_TOKEN_MADE);
}

amp_err amp_rule_revoke_token(struct amp_deciding *d)
{
    const struct amp_account *account = NULL;
    amp_err err = need_account(d, &account);
    return err ? err : account_emit(d, AMP_EV_TOKEN_REVOKED);
}

amp_err amp_rule_set_log_key(struct amp_deciding *d)
{
    return account_emit(d, AMP_EV_LOG_KEY_SET);
}

amp_err amp_rule_add_witness(struct amp_deciding *d)
{
    return account_emit(d, AMP_EV_WITNESS_ADDED);
}
