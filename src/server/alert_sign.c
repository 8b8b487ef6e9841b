/* Asking the verifier, and what its verdicts come to. */
#include "server/alert_sign.h"
#include "base/timefmt.h"
#include "model/field.h"
#include "server/alert_chain.h"
#include "server/inside.h"
#include "server/log.h"
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SOCKET_BYTES = 1 << 20,
    WAIT_MS = 15000 /* the keeper itself gives up before */
};

/* ---- keys ---- */

/* "NAME FILE" */
static amp_err named_file(struct amp_str value, char name[AMP_WORD_MAX + 1],
                          char file[AMP_SIGN_FILE])
{
    const struct amp_str word = amp_str_token(&value);
    if (!amp_word_valid(word) || value.len == 0) {
        return AMP_E_RANGE;
    }
    amp_err err = amp_str_copy(name, AMP_WORD_MAX + 1, word);
    return err ? err : amp_str_copy(file, AMP_SIGN_FILE, value);
}

amp_err amp_sign_key_setting(struct amp_str value, struct amp_sign_rule *rule)
{
    if (rule->n == AMP_VERIFY_KEYS) {
        return AMP_E_RANGE;
    }
    struct amp_sign_key *key = &rule->key[rule->n++];
    *key = (struct amp_sign_key){.len = 0};
    return named_file(value, key->name, key->file);
}

static bool time_of(const ASN1_TIME *time, int64_t *out_us)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) == 1 &&
           amp_time_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                          tm.tm_sec, out_us) == AMP_OK;
}

static EVP_PKEY *certificate_key(X509 *certificate, struct amp_sign_key *key)
{
    const bool timed = time_of(X509_get0_notBefore(certificate), &key->from_us) &&
                       time_of(X509_get0_notAfter(certificate), &key->until_us);
    return timed ? X509_get_pubkey(certificate) : NULL;
}

static EVP_PKEY *pem_key(struct amp_str pem, struct amp_sign_key *key)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *pkey = certificate != NULL ? certificate_key(certificate, key) : NULL;
    if (certificate == NULL && bio != NULL && BIO_reset(bio) == 1) {
        pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    }
    X509_free(certificate);
    BIO_free(bio);
    return pkey;
}

amp_err amp_sign_key_read(struct amp_str pem, struct amp_sign_key *key, struct amp_why *why)
{
    EVP_PKEY *pkey = pem.len > 0 ? pem_key(pem, key) : NULL;
    const int kind = pkey != NULL ? EVP_PKEY_get_base_id(pkey) : EVP_PKEY_NONE;
    const int least = kind == EVP_PKEY_RSA  ? AMP_VERIFY_RSA_BITS
                      : kind == EVP_PKEY_EC ? AMP_VERIFY_EC_BITS
                                            : INT32_MAX;
    const bool strong = pkey != NULL && EVP_PKEY_get_bits(pkey) >= least;
    const int len = strong ? i2d_PUBKEY(pkey, NULL) : 0;
    unsigned char *at = key->der;
    if (len > 0 && len <= AMP_VERIFY_KEY && i2d_PUBKEY(pkey, &at) == len) {
        key->len = (size_t)len;
    }
    EVP_PKEY_free(pkey);
    return key->len > 0 ? AMP_OK
                        : amp_fail(why, AMP_E_UNSUPPORTED,
                                   "%s is no certificate and no public key in PEM of RSA with %d "
                                   "to 8192 bits or of an elliptic curve with %d or more",
                                   key->file, AMP_VERIFY_RSA_BITS, AMP_VERIFY_EC_BITS);
}

/* ---- authorities ---- */

amp_err amp_sign_ca_setting(struct amp_str value, struct amp_sign_rule *rule)
{
    if (rule->ca_n == AMP_VERIFY_CAS) {
        return AMP_E_RANGE;
    }
    struct amp_sign_ca *ca = &rule->ca[rule->ca_n++];
    *ca = (struct amp_sign_ca){.certificates = amp_buf_make(AMP_VERIFY_CA)};
    return named_file(value, ca->name, ca->file);
}

amp_err amp_sign_signer_setting(struct amp_str value, struct amp_sign_rule *rule)
{
    struct amp_sign_ca *ca = rule->ca_n > 0 ? &rule->ca[rule->ca_n - 1] : NULL;
    if (ca == NULL || ca->signer[0] != '\0' || !amp_chain_signer_valid(value)) {
        return AMP_E_RANGE;
    }
    return amp_str_copy(ca->signer, sizeof ca->signer, value);
}

amp_err amp_sign_ca_read(struct amp_str pem, int64_t now_us, struct amp_sign_ca *ca, bool *expired,
                         struct amp_why *why)
{
    struct amp_why inner = {""};
    amp_err err = amp_chain_read(pem, now_us, &ca->certificates, expired, &inner);
    return err ? amp_fail(why, err, "%s: %s", ca->file, inner.text) : AMP_OK;
}

void amp_sign_rule_free(struct amp_sign_rule *rule)
{
    for (size_t i = 0; i < rule->ca_n; i++) {
        amp_buf_free(&rule->ca[i].certificates);
    }
    rule->ca_n = 0;
}

/* ---- asking ---- */

struct amp_verifier {
    int fd;
    pthread_mutex_t lock; /* one ask at a time */
    uint32_t id;
};

amp_err amp_verifier_start(int fd, struct amp_verifier **out)
{
    struct amp_verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL) {
        return AMP_E_NOMEM;
    }
    const int bytes = SOCKET_BYTES;
    verifier->fd = fd > 0 ? fd : -1;
    (void)pthread_mutex_init(&verifier->lock, NULL);
    (void)setsockopt(verifier->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    *out = verifier;
    return AMP_OK;
}

void amp_verifier_close(struct amp_verifier *verifier)
{
    if (verifier != NULL) {
        if (verifier->fd >= 0) {
            (void)close(verifier->fd);
        }
        (void)pthread_mutex_destroy(&verifier->lock);
        free(verifier);
    }
}

/* An answer of an earlier ask that took too long is passed over. */
static bool answer_hear(struct amp_verifier *verifier, const struct amp_verify_ask *ask,
                        struct amp_verdict *out)
{
    struct pollfd wait = {.fd = verifier->fd, .events = POLLIN};
    char frame[AMP_VERIFY_ANSWER + 64];
    while (poll(&wait, 1, WAIT_MS) == 1) {
        ssize_t n = recv(verifier->fd, frame, sizeof frame, MSG_DONTWAIT);
        uint32_t id = 0;
        if (n <= 0) {
            return false;
        }
        amp_err err = amp_verify_answer_read((struct amp_str){frame, (size_t)n},
                                             ask->key_n + ask->ca_n, &id, out);
        if (err == AMP_OK && id == ask->id) {
            return true;
        }
    }
    return false;
}

static void verifier_ask(struct amp_verifier *verifier, struct amp_verify_ask *ask,
                         struct amp_verdict *out)
{
    static const struct amp_verdict nobody = {.signature = AMP_SIGNATURE_UNSUPPORTED,
                                              .words = "nobody is there to look at it"};
    struct amp_buf frame = amp_buf_make(AMP_VERIFY_FRAME);
    struct amp_verdict heard = nobody;
    (void)pthread_mutex_lock(&verifier->lock);
    ask->id = ++verifier->id;
    amp_verify_ask_write(ask, &frame);
    const bool said = verifier->fd >= 0 && amp_buf_err(&frame) == AMP_OK &&
                      send(verifier->fd, frame.data, frame.len, MSG_NOSIGNAL) == (ssize_t)frame.len;
    if (!said || !answer_hear(verifier, ask, &heard)) {
        heard = nobody;
    }
    (void)pthread_mutex_unlock(&verifier->lock);
    amp_buf_free(&frame);
    *out = heard;
}

/* ---- a job ---- */

struct looking {
    const struct amp_sign_rule *rule;
    struct amp_verify_ask ask;
    size_t place[AMP_VERIFY_KEYS]; /* in the rule, of each key that is asked about */
    struct amp_verdict verdict;
    amp_alerts_then *then;
};

static const char *signed_by(const struct looking *looking)
{
    const size_t key = looking->verdict.key, keys = looking->ask.key_n;
    return key < keys ? looking->rule->key[looking->place[key]].name
                      : looking->rule->ca[key - keys].name;
}

/* Whoever is to look does; the others have their verdict already. */
static void verdicts_set(struct amp_job *job, const struct looking *looking)
{
    const struct amp_alert_report *report = job->command.alerts;
    struct amp_alert_item *item = amp_arena_array(&job->arena, report->n, sizeof *item);
    struct amp_alert_report *after = amp_arena_alloc(&job->arena, sizeof *after);
    if (after == NULL || (item == NULL && report->n > 0)) {
        job->err = AMP_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < report->n; i++) {
        item[i] = report->item[i];
        if (item[i].is_signed) {
            item[i].signature =
                item[i].whole ? looking->verdict.signature : AMP_SIGNATURE_UNSUPPORTED;
        }
        if (item[i].signature == AMP_SIGNATURE_VALID) {
            item[i].signed_by = amp_str_of(signed_by(looking));
        }
        item[i].refused = looking->rule != NULL && looking->rule->required &&
                          item[i].signature != AMP_SIGNATURE_VALID;
    }
    *after = (struct amp_alert_report){item, report->n};
    job->command.alerts = after;
}

static void looked(struct amp_server *server, struct amp_job *job)
{
    struct looking *looking = job->data;
    amp_alerts_then *then = looking->then;
    job->back = NULL;
    if (job->err == AMP_OK) {
        verdicts_set(job, looking);
    }
    if (looking->verdict.words[0] != '\0') {
        amp_log(server->config.quiet, AMP_LOG_WARN, "signature", "an alert by %.*s: %s: %s",
                (int)job->command.f.source.len, job->command.f.source.ptr,
                amp_alert_signature_name(looking->verdict.signature), looking->verdict.words);
    }
    job->data = looking->verdict.words; /* for amp_alerts_refused */
    then(server, job);
}

static void look_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct looking *looking = job->data;
    (void)scratch;
    verifier_ask(server->verifier, &looking->ask, &looking->verdict);
}

static void keys_put(struct looking *looking, int64_t now_us)
{
    for (size_t i = 0; looking->rule != NULL && i < looking->rule->n; i++) {
        const struct amp_sign_key *key = &looking->rule->key[i];
        const bool valid =
            key->until_us == 0 || (key->from_us <= now_us && now_us <= key->until_us);
        if (valid && key->len > 0) {
            looking->place[looking->ask.key_n] = i;
            looking->ask.key[looking->ask.key_n++] =
                (struct amp_str){(const char *)key->der, key->len};
        }
    }
}

static void authorities_put(struct looking *looking, int64_t now_us)
{
    struct amp_verify_ask *ask = &looking->ask;
    ask->now_us = now_us;
    for (size_t i = 0; looking->rule != NULL && i < looking->rule->ca_n; i++) {
        const struct amp_sign_ca *ca = &looking->rule->ca[i];
        ask->ca[ask->ca_n++] = (struct amp_verify_ca){
            .certificates = amp_buf_view(&ca->certificates), .signer = amp_str_of(ca->signer)};
    }
}

static bool wants_a_look(const struct amp_alert_report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        if (report->item[i].is_signed && report->item[i].whole) {
            return true;
        }
    }
    return false;
}

void amp_alerts_look(struct amp_server *server, struct amp_job *job,
                     const struct amp_sign_rule *rule, struct amp_str document,
                     amp_alerts_then *then)
{
    struct looking *looking = amp_arena_alloc(&job->arena, sizeof *looking);
    if (looking == NULL) {
        job->err = AMP_E_NOMEM;
        job->data = NULL;
        then(server, job);
        return;
    }
    looking->rule = rule;
    looking->then = then;
    looking->ask.document = document;
    job->data = looking;
    keys_put(looking, server->now_us);
    authorities_put(looking, server->now_us);
    if (wants_a_look(job->command.alerts) && looking->ask.key_n + looking->ask.ca_n > 0) {
        job->back = looked;
        amp_core_work(server, job, look_work);
        return;
    }
    looking->verdict.signature = AMP_SIGNATURE_UNKNOWN_KEY; /* of what is signed: there is none */
    looked(server, job);
}

const char *amp_alerts_refused(struct amp_job *job)
{
    static const char *const words[AMP_SIGNATURES] = {
        [AMP_SIGNATURE_NONE] =
            "alerts from here are taken with a valid signature only; this one has none",
        [AMP_SIGNATURE_UNKNOWN_KEY] =
            "the signature of the alert is by none of the keys that were given",
        [AMP_SIGNATURE_INVALID] = "the signature of the alert is of another text",
        [AMP_SIGNATURE_UNSUPPORTED] =
            "the signature of the alert is of a form that is not looked at"};
    const struct amp_alert_report *report = job->command.alerts;
    for (size_t i = 0; report != NULL && i < report->n; i++) {
        if (report->item[i].refused) {
            const char *said = words[report->item[i].signature];
            const char *why = report->item[i].whole && report->item[i].is_signed ? job->data : NULL;
            const struct amp_str text = why != NULL && why[0] != '\0'
                                            ? amp_arena_printf(&job->arena, "%s: %s", said, why)
                                            : (struct amp_str){0};
            const char *whole = text.len > 0 ? amp_arena_text(&job->arena, text) : NULL;
            return whole != NULL ? whole : said;
        }
    }
    return NULL;
}
