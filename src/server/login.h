/*
 * What the routes that let people in share: one login, from its body to a session.
 *
 * A login lives in its job's arena (job->data). Reading and refusing happen on the core's thread;
 * hashing, which is slow on purpose, on the thread for passwords. Whatever was awaited is looked at
 * again afterwards: an account may have been locked, disabled or given another password meanwhile.
 */
#ifndef AMP_SERVER_LOGIN_H
#define AMP_SERVER_LOGIN_H

#include "server/api.h"

struct amp_login { /* of one request, in its arena */
    char account[AMP_WORD_MAX + 1];
    struct amp_str password, fresh, code, token;
    char hash[AMP_PASSWORD_HASH];     /* to verify with */
    char new_hash[AMP_PASSWORD_HASH]; /* of `fresh` */
    bool good;
    amp_err err;
    amp_step_fn *then; /* once the password is known to be right */
    struct amp_badge setup;
};

/* A member of a body that is a text. */
struct amp_want {
    const char *name;
    struct amp_str *out;
    bool required;
};

/* NULL after having refused the job. */
struct amp_login *amp_login_make(struct amp_server *server, struct amp_job *job);
/* Reads the members that are wanted; others are refused. */
AMP_MUST amp_err amp_login_body(struct amp_job *job, const struct amp_want *want, size_t n,
                                struct amp_why *why);
/* Whether the new password may be one. */
AMP_MUST amp_err amp_login_fresh(const struct amp_login *login, struct amp_why *why);

/* The hash to verify with: the account's, or one that nothing fits. */
void amp_login_hash(struct amp_server *server, struct amp_login *login);
amp_work_fn amp_login_verify; /* on the thread for passwords */
/* The password was right, and is still the one. */
bool amp_login_good(const struct amp_login *login, const struct amp_credential *credential);

/* Of lock-outs. */
uint64_t amp_login_account_key(const struct amp_server *server, struct amp_job *job);
uint64_t amp_login_address_key(const struct amp_server *server, struct amp_job *job);
/* true after having refused the job: account or address has to wait. */
bool amp_login_locked(struct amp_server *server, struct amp_job *job);

/* Fills `command` to open a session of the account of job->data; sets the answer's cookie. */
AMP_MUST amp_err amp_login_session(struct amp_server *server, struct amp_job *job,
                                   const char *factor, struct amp_command *command);
AMP_MUST amp_err amp_login_cookie(struct amp_job *job, const char *value, int64_t age_s);
amp_see_fn amp_login_see; /* who is asking */

AMP_MUST amp_err amp_login_totp_store(struct amp_server *server, struct amp_job *job,
                                      const struct amp_credential *credential);

#endif
