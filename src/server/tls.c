/* Reads certificates and keys, checks that they belong together, and counts who uses them. */
#include "server/tls.h"
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    KEY_ID = 64,
    DAY_S = 86400
};

struct amp_tls_pair {
    gnutls_pcert_st cert[AMP_TLS_CHAIN_MAX];
    unsigned cert_n;
    gnutls_privkey_t key;
    time_t from, until;
    atomic_size_t users;
};

struct amp_tls {
    char *cert_path, *key_path;
    pthread_mutex_t lock;
    struct amp_tls_pair *pair;
    bool aes256_only, ed448_only;
};

/* Named one by one: what a later release of the library adds is not spoken before we say so. */
#define VERSIONS "NONE:+VERS-TLS1.3:+VERS-TLS1.2:"
#define REST                                                                                       \
    ":+AEAD:+ECDHE-ECDSA:+ECDHE-RSA:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"              \
    "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SHA256:"                \
    "+SIGN-ECDSA-SHA384:+SIGN-EDDSA-ED25519:+SIGN-RSA-PSS-RSAE-SHA256:"                            \
    "+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512:+SIGN-RSA-SHA256:"                        \
    "+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:+COMP-NULL:+CTYPE-X509:%SERVER_PRECEDENCE"

void amp_tls_aes256_only(struct amp_tls *tls)
{
    tls->aes256_only = true;
}

const char *amp_tls_priorities(const struct amp_tls *tls)
{
    return tls->aes256_only ? VERSIONS "+AES-256-GCM" REST
                            : VERSIONS "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM" REST;
}

/* ---- files ---- */

static amp_err bytes_read(int fd, const char *path, gnutls_datum_t *out, struct amp_why *why)
{
    unsigned char *data = malloc(AMP_TLS_FILE_MAX);
    size_t len = 0;
    ssize_t n = 1;
    if (data == NULL) {
        return AMP_E_NOMEM;
    }
    while (n > 0 && len < AMP_TLS_FILE_MAX) {
        n = read(fd, data + len, AMP_TLS_FILE_MAX - len);
        len += n > 0 ? (size_t)n : 0;
    }
    amp_err err = n < 0      ? amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(errno))
                  : n > 0    ? amp_fail(why, AMP_E_LIMIT, "%s is too long for a PEM file", path)
                  : len == 0 ? amp_fail(why, AMP_E_SYNTAX, "%s is empty", path)
                             : AMP_OK;
    if (err != AMP_OK) {
        explicit_bzero(data, len);
        free(data);
        return err;
    }
    *out = (gnutls_datum_t){.data = data, .size = (unsigned)len};
    return AMP_OK;
}

static amp_err file_read(const char *path, const char *what, gnutls_datum_t *out,
                         struct amp_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return amp_fail(why, AMP_E_NOT_FOUND, "there is no %s at %s", what, path);
    }
    if (fd < 0) {
        return amp_fail(why, AMP_E_IO, "the %s %s cannot be read: %s", what, path, strerror(errno));
    }
    struct stat found;
    bool regular = fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    amp_err err = regular ? bytes_read(fd, path, out, why)
                          : amp_fail(why, AMP_E_IO, "the %s %s is not a file", what, path);
    (void)close(fd);
    return err;
}

static void file_drop(gnutls_datum_t *file)
{
    if (file->data != NULL) {
        explicit_bzero(file->data, file->size); /* it may be a key */
        free(file->data);
    }
}

/* ---- a pair ---- */

static void pair_free(struct amp_tls_pair *pair)
{
    for (unsigned i = 0; i < pair->cert_n; i++) {
        gnutls_pcert_deinit(&pair->cert[i]);
    }
    if (pair->key != NULL) {
        gnutls_privkey_deinit(pair->key);
    }
    free(pair);
}

static amp_err cert_set(struct amp_tls_pair *pair, const char *path, const gnutls_datum_t *pem,
                        struct amp_why *why)
{
    unsigned n = AMP_TLS_CHAIN_MAX;
    gnutls_x509_crt_t first = NULL;
    int status = gnutls_pcert_list_import_x509_raw(pair->cert, &n, pem, GNUTLS_X509_FMT_PEM,
                                                   GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    if (status == GNUTLS_E_CERTIFICATE_LIST_UNSORTED) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "the certificates in %s are not in order: the server's first, then the one "
                        "that signed it, and so on",
                        path);
    }
    if (status < 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s holds no certificate chain in PEM: %s", path,
                        gnutls_strerror(status));
    }
    pair->cert_n = n;
    status = gnutls_pcert_export_x509(&pair->cert[0], &first);
    if (status < 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s: %s", path, gnutls_strerror(status));
    }
    pair->from = gnutls_x509_crt_get_activation_time(first);
    pair->until = gnutls_x509_crt_get_expiration_time(first);
    gnutls_x509_crt_deinit(first);
    return AMP_OK;
}

static amp_err key_set(struct amp_tls_pair *pair, const char *path, const gnutls_datum_t *pem,
                       struct amp_why *why)
{
    int status = gnutls_privkey_init(&pair->key);
    if (status < 0) {
        return AMP_E_NOMEM;
    }
    status = gnutls_privkey_import_x509_raw(pair->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (status == GNUTLS_E_DECRYPTION_FAILED || status == GNUTLS_E_PKCS11_PIN_ERROR) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "the key %s is protected by a passphrase; give one without", path);
    }
    if (status < 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s holds no private key in PEM: %s", path,
                        gnutls_strerror(status));
    }
    return AMP_OK;
}

static amp_err key_id(gnutls_pubkey_t key, unsigned char id[KEY_ID])
{
    size_t len = KEY_ID;
    memset(id, 0, KEY_ID);
    return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, id, &len) < 0 ? AMP_E_CORRUPT
                                                                                : AMP_OK;
}

static amp_err pair_match(struct amp_tls_pair *pair, const char *cert_path, const char *key_path,
                          struct amp_why *why)
{
    unsigned char shown[KEY_ID];
    unsigned char held[KEY_ID];
    gnutls_pubkey_t key = NULL;
    if (gnutls_pubkey_init(&key) < 0) {
        return AMP_E_NOMEM;
    }
    amp_err err =
        gnutls_pubkey_import_privkey(key, pair->key, 0, 0) < 0 ? AMP_E_CORRUPT : key_id(key, held);
    err = err == AMP_OK ? key_id(pair->cert[0].pubkey, shown) : err;
    gnutls_pubkey_deinit(key);
    if (err != AMP_OK || memcmp(shown, held, KEY_ID) != 0) {
        return amp_fail(why, AMP_E_CONFLICT, "the key %s is not that of the certificate %s",
                        key_path, cert_path);
    }
    return AMP_OK;
}

static void warn(const struct amp_tls_pair *pair, const char *path, int64_t now_us,
                 struct amp_why *why)
{
    char day[sizeof "2026-11-26"] = "";
    struct tm tm;
    time_t now = (time_t)(now_us / 1000000);
    time_t when = now < pair->from ? pair->from : pair->until;
    if (gmtime_r(&when, &tm) != NULL) {
        (void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
    }
    if (now < pair->from) {
        (void)amp_fail(why, AMP_OK, "the certificate %s holds only from %s", path, day);
    } else if (now >= pair->until) {
        (void)amp_fail(why, AMP_OK, "the certificate %s has expired on %s", path, day);
    } else if (pair->until - now < (time_t)AMP_TLS_SOON_DAYS * DAY_S) {
        (void)amp_fail(why, AMP_OK, "the certificate %s expires on %s", path, day);
    }
}

static amp_err pair_read(const char *cert_path, const char *key_path, int64_t now_us,
                         struct amp_tls_pair **out, struct amp_why *why)
{
    gnutls_datum_t cert = {0};
    gnutls_datum_t key = {0};
    struct amp_tls_pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL) {
        return AMP_E_NOMEM;
    }
    atomic_init(&pair->users, 1);
    amp_err err = file_read(cert_path, "certificate", &cert, why);
    err = err == AMP_OK ? file_read(key_path, "key", &key, why) : err;
    err = err == AMP_OK ? cert_set(pair, cert_path, &cert, why) : err;
    err = err == AMP_OK ? key_set(pair, key_path, &key, why) : err;
    err = err == AMP_OK ? pair_match(pair, cert_path, key_path, why) : err;
    file_drop(&cert);
    file_drop(&key);
    if (err != AMP_OK) {
        pair_free(pair);
        return err;
    }
    warn(pair, cert_path, now_us, why);
    *out = pair;
    return AMP_OK;
}

/* ---- what the server holds ---- */

amp_err amp_tls_open(const char *cert_path, const char *key_path, int64_t now_us,
                     struct amp_tls **out, struct amp_why *why)
{
    struct amp_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        return AMP_E_NOMEM;
    }
    (void)pthread_mutex_init(&tls->lock, NULL);
    tls->cert_path = strdup(cert_path);
    tls->key_path = strdup(key_path);
    amp_err err = tls->cert_path != NULL && tls->key_path != NULL
                      ? pair_read(cert_path, key_path, now_us, &tls->pair, why)
                      : AMP_E_NOMEM;
    if (err != AMP_OK) {
        amp_tls_close(tls);
        return err;
    }
    *out = tls;
    return AMP_OK;
}

static amp_err key_check(const struct amp_tls *tls, const struct amp_tls_pair *pair,
                         struct amp_why *why)
{
    unsigned bits = 0;
    if (tls->ed448_only &&
        gnutls_privkey_get_pk_algorithm(pair->key, &bits) != GNUTLS_PK_EDDSA_ED448) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "%s is no Ed448 key (`openssl genpkey -algorithm ed448` makes one)",
                        tls->key_path);
    }
    return AMP_OK;
}

amp_err amp_tls_reload(struct amp_tls *tls, int64_t now_us, struct amp_why *why)
{
    struct amp_tls_pair *fresh = NULL;
    amp_err err = pair_read(tls->cert_path, tls->key_path, now_us, &fresh, why);
    err = err ? err : key_check(tls, fresh, why);
    if (err != AMP_OK) {
        amp_tls_unpin(fresh);
        return err;
    }
    (void)pthread_mutex_lock(&tls->lock);
    struct amp_tls_pair *old = tls->pair;
    tls->pair = fresh;
    (void)pthread_mutex_unlock(&tls->lock);
    amp_tls_unpin(old);
    return AMP_OK;
}

void amp_tls_close(struct amp_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    amp_tls_unpin(tls->pair);
    (void)pthread_mutex_destroy(&tls->lock);
    free(tls->cert_path);
    free(tls->key_path);
    free(tls);
}

int64_t amp_tls_expires_us(struct amp_tls *tls)
{
    (void)pthread_mutex_lock(&tls->lock);
    int64_t until = (int64_t)tls->pair->until * 1000000;
    (void)pthread_mutex_unlock(&tls->lock);
    return until;
}

struct amp_tls_pair *amp_tls_hold(struct amp_tls *tls)
{
    (void)pthread_mutex_lock(&tls->lock);
    struct amp_tls_pair *pair = tls->pair;
    (void)atomic_fetch_add(&pair->users, 1);
    (void)pthread_mutex_unlock(&tls->lock);
    return pair;
}

struct amp_tls_pair *amp_tls_pin(struct amp_tls *tls, gnutls_session_t session)
{
    struct amp_tls_pair *pair = amp_tls_hold(tls);
    /* The pointer of a session database, which we do not have: the session's own pointer is the
     * HTTP library's. */
    gnutls_db_set_ptr(session, pair);
    return pair;
}

void amp_tls_unpin(struct amp_tls_pair *pair)
{
    if (pair != NULL && atomic_fetch_sub(&pair->users, 1) == 1) {
        pair_free(pair);
    }
}

int amp_tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                     gnutls_pcert_st **certs, unsigned *cert_n, gnutls_ocsp_data_st **ocsp,
                     unsigned *ocsp_n, gnutls_privkey_t *key, unsigned *flags)
{
    struct amp_tls_pair *pair = gnutls_db_get_ptr(session);
    (void)info;
    if (pair == NULL) {
        return -1;
    }
    *certs = pair->cert;
    *cert_n = pair->cert_n;
    *ocsp = NULL;
    *ocsp_n = 0;
    *key = pair->key;
    *flags = 0; /* nothing is the session's to free */
    return 0;
}

/* ---- who signs ---- */

amp_err amp_tls_ed448_only(struct amp_tls *tls, struct amp_why *why)
{
    tls->ed448_only = true;
    return key_check(tls, tls->pair, why);
}

size_t amp_tls_chain(const struct amp_tls_pair *pair, gnutls_datum_t der[AMP_TLS_CHAIN_MAX])
{
    for (unsigned i = 0; i < pair->cert_n; i++) {
        der[i] = pair->cert[i].cert;
    }
    return pair->cert_n;
}

amp_err amp_tls_sign_ed448(const struct amp_tls_pair *pair, struct amp_str text,
                           uint8_t out[AMP_TLS_ED448], struct amp_why *why)
{
    const gnutls_datum_t data = {(unsigned char *)(uintptr_t)text.ptr, (unsigned)text.len};
    gnutls_datum_t sign = {0};
    int status = gnutls_privkey_sign_data2(pair->key, GNUTLS_SIGN_EDDSA_ED448, 0, &data, &sign);
    if (status < 0 || sign.size != AMP_TLS_ED448) {
        gnutls_free(sign.data);
        return amp_fail(why, AMP_E_CORRUPT, "nothing was signed: %s", gnutls_strerror(status));
    }
    memcpy(out, sign.data, sign.size);
    gnutls_free(sign.data);
    return AMP_OK;
}
