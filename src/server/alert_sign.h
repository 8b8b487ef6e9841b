/*
 * Signatures of alerts (CAP 1.2, section 3.3.4.1): who may sign for whom, and what came of looking.
 *
 * A rule belongs to a feed or a sender (feeds.h): the keys that may sign, the authorities that may
 * say by whom, and whether they must. The looking is done by a process of its own (verifier.h,
 * decision 0023), asked from a worker's thread; the core goes on. A certificate counts while it is
 * valid by the server's clock when the alert comes. One that comes with the message is believed
 * where it leads to an authority of the rule, and is of the signer that stands with it.
 */
#ifndef AMP_SERVER_ALERT_SIGN_H
#define AMP_SERVER_ALERT_SIGN_H

#include "model/event.h"
#include "server/verifier.h"

enum {
    AMP_SIGN_FILE = 256 /* bytes of a file's name, and the end */
};

struct amp_sign_key {
    char name[AMP_WORD_MAX + 1]; /* as it is told whose signature it is */
    char file[AMP_SIGN_FILE];
    uint8_t der[AMP_VERIFY_KEY]; /* of the public key */
    size_t len;                  /* 0: not read yet */
    int64_t from_us, until_us;   /* 0, 0: a key without a certificate */
};

struct amp_sign_ca {
    char name[AMP_WORD_MAX + 1];
    char file[AMP_SIGN_FILE];
    char signer[AMP_VERIFY_SIGNER + 1]; /* as alert_chain.h has it; empty: not said yet */
    struct amp_buf certificates;        /* owned; empty: not read yet */
};

struct amp_sign_rule {
    bool required;
    struct amp_sign_key key[AMP_VERIFY_KEYS];
    size_t n;
    struct amp_sign_ca ca[AMP_VERIFY_CAS];
    size_t ca_n;
};

/* "NAME FILE" of a setting. */
AMP_MUST amp_err amp_sign_key_setting(struct amp_str value, struct amp_sign_rule *rule);
/* A certificate or a public key in PEM: RSA of 2,048 bits or more, or elliptic of 256 or more. */
AMP_MUST amp_err amp_sign_key_read(struct amp_str pem, struct amp_sign_key *key,
                                   struct amp_why *why);
/* "NAME FILE" of an authority; whom it certifies, of the last one. */
AMP_MUST amp_err amp_sign_ca_setting(struct amp_str value, struct amp_sign_rule *rule);
AMP_MUST amp_err amp_sign_signer_setting(struct amp_str value, struct amp_sign_rule *rule);
/* The certificates of its file; *expired: one of them has. */
AMP_MUST amp_err amp_sign_ca_read(struct amp_str pem, int64_t now_us, struct amp_sign_ca *ca,
                                  bool *expired, struct amp_why *why);
void amp_sign_rule_free(struct amp_sign_rule *rule);

struct amp_server;
struct amp_job;
struct amp_verifier;

/* fd: the verifier's socket, taken over; 0 or -1: there is none, and no signature is looked at. */
AMP_MUST amp_err amp_verifier_start(int fd, struct amp_verifier **out);
void amp_verifier_close(struct amp_verifier *verifier); /* accepts NULL */

typedef void amp_alerts_then(struct amp_server *server, struct amp_job *job);
/* The alerts of job->command get the verdicts on their signatures by this rule (NULL: no keys), and
 * `then` goes on, at once or when it was looked. job->data is used, also by the next one. On the
 * core's thread. */
void amp_alerts_look(struct amp_server *server, struct amp_job *job,
                     const struct amp_sign_rule *rule, struct amp_str document,
                     amp_alerts_then *then);
/* One of them had to be signed validly and is not: the sentence for who sent it, in the job's
 * arena; NULL if none. */
const char *amp_alerts_refused(struct amp_job *job);

#endif
