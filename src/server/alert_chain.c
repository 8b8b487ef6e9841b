/* Chains of certificates, by OpenSSL's X509_verify_cert and a list of what we take of it. */
#include "server/alert_chain.h"
#include "base/crypto.h"
#include "base/timefmt.h"
#include "server/verifier.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
    RSA_BITS_MOST = 8192,
    LEVEL = 2,  /* OpenSSL's: 112 bits of strength; what is listed here is stricter */
    BETWEEN = 4 /* certificates between the signer's and the one that was given */
};

struct amp_chain {
    X509 *signer;
    STACK_OF(X509) * other;
    uint8_t key[AMP_VERIFY_KEY];
    size_t key_len;
};

const char amp_chain_unknown[] =
    "unknown issuer: its certificate leads to no authority that was given";

/* ---- one certificate ---- */

static bool key_strong(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    const int kind = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    const int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
    int is_explicit = 0;
    if (kind == EVP_PKEY_RSA) {
        return bits >= AMP_VERIFY_RSA_BITS && bits <= RSA_BITS_MOST;
    }
    return kind == EVP_PKEY_EC && bits >= AMP_VERIFY_EC_BITS &&
           EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &is_explicit) == 1 &&
           is_explicit == 0;
}

static bool digest_strong(X509 *certificate)
{
    int digest = NID_undef;
    return X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 1 &&
           (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512);
}

static bool has_flag(X509 *certificate, uint32_t flag)
{
    return (X509_get_extension_flags(certificate) & flag) != 0;
}

/* One that says so itself in basicConstraints; its keyUsage, if there is one, lets it certify. */
static bool is_authority(X509 *certificate)
{
    return !has_flag(certificate, EXFLAG_INVALID) && X509_check_ca(certificate) == 1;
}

static X509 *certificate_of(struct amp_str der, size_t *used)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    X509 *certificate = der.len > 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;
    *used = certificate != NULL ? (size_t)(at - (const unsigned char *)der.ptr) : 0;
    return certificate;
}

/* ---- who is expected ---- */

/* The kind, and its name in *rest. */
static struct amp_str kind_of(struct amp_str signer, struct amp_str *rest)
{
    *rest = signer;
    return amp_str_token(rest);
}

bool amp_chain_signer_valid(struct amp_str signer)
{
    struct amp_str name = {0};
    const struct amp_str kind = kind_of(signer, &name);
    const bool named = name.len > 0 && signer.len <= AMP_VERIFY_SIGNER && amp_utf8_valid(name);
    return amp_str_is(kind, "any")     ? name.len == 0
           : amp_str_is(kind, "email") ? named && memchr(name.ptr, '@', name.len) != NULL
           : amp_str_is(kind, "dns")   ? named && memchr(name.ptr, '@', name.len) == NULL &&
                                           memchr(name.ptr, '*', name.len) == NULL
                                     : amp_str_is(kind, "cn") && named;
}

/* The only commonName of the subject, in any of the forms that a name's text can have. */
static bool common_name_is(X509 *certificate, struct amp_str name)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) {
        return false;
    }
    unsigned char *text = NULL;
    const int len =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    const bool same = len >= 0 && (size_t)len == name.len && memcmp(text, name.ptr, name.len) == 0;
    if (len >= 0) {
        OPENSSL_free(text);
    }
    return same;
}

static bool is_signer(X509 *certificate, struct amp_str signer)
{
    const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
    struct amp_str name = {0};
    const struct amp_str kind = kind_of(signer, &name);
    if (!amp_chain_signer_valid(signer)) {
        return false;
    }
    return amp_str_is(kind, "any") ||
           (amp_str_is(kind, "cn") && common_name_is(certificate, name)) ||
           (amp_str_is(kind, "email") &&
            X509_check_email(certificate, name.ptr, name.len, flags) == 1) ||
           (amp_str_is(kind, "dns") &&
            X509_check_host(certificate, name.ptr, name.len, flags, NULL) == 1);
}

/* ---- the file of an authority ---- */

static amp_err authority_put(X509 *certificate, struct amp_buf *out)
{
    const int len =
        is_authority(certificate) && key_strong(certificate) ? i2d_X509(certificate, NULL) : 0;
    if (len <= 0 || len > AMP_CHAIN_CERTIFICATE) {
        return AMP_E_UNSUPPORTED;
    }
    unsigned char *at = amp_buf_extend(out, (size_t)len);
    return at != NULL && i2d_X509(certificate, &at) == len ? AMP_OK : AMP_E_LIMIT;
}

static bool ended(void)
{
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

amp_err amp_chain_read(struct amp_str pem, int64_t now_us, struct amp_buf *out, bool *expired,
                       struct amp_why *why)
{
    time_t now = (time_t)(now_us / AMP_US_PER_S);
    BIO *bio = pem.len > 0 ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    amp_err err = bio != NULL ? AMP_OK : AMP_E_UNSUPPORTED;
    size_t n = 0;
    ERR_clear_error();
    *expired = false;
    while (err == AMP_OK) {
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (certificate == NULL) {
            break;
        }
        err = ++n <= AMP_CHAIN_CERTIFICATES ? authority_put(certificate, out) : AMP_E_LIMIT;
        *expired = *expired || X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0;
        X509_free(certificate);
    }
    if (err == AMP_OK && (!ended() || n == 0)) {
        err = AMP_E_UNSUPPORTED;
    }
    BIO_free(bio);
    return err == AMP_E_LIMIT
               ? amp_fail(why, err, "there are more than %d certificates, or %d bytes of them",
                          AMP_CHAIN_CERTIFICATES, (int)out->max)
           : err != AMP_OK
               ? amp_fail(why, err,
                          "certificate %zu is none of an authority (PEM, basicConstraints CA:TRUE) "
                          "with RSA of %d to %d bits or an elliptic curve of %d or more",
                          n > 0 ? n : 1, AMP_VERIFY_RSA_BITS, RSA_BITS_MOST, AMP_VERIFY_EC_BITS)
               : AMP_OK;
}

/* ---- what came with a message ---- */

static X509 *text_read(struct amp_str text)
{
    static const char blanks[] = " \t\r\n";
    char plain[AMP_CHAIN_TEXT];
    uint8_t der[AMP_CHAIN_CERTIFICATE];
    size_t n = 0, len = 0, used = 0;
    for (size_t i = 0; i < text.len && text.len <= sizeof plain; i++) {
        if (memchr(blanks, text.ptr[i], sizeof blanks - 1) == NULL) {
            plain[n++] = text.ptr[i];
        }
    }
    if (n == 0 || amp_base64_read((struct amp_str){plain, n}, der, sizeof der, &len) != AMP_OK) {
        return NULL;
    }
    X509 *certificate = certificate_of((struct amp_str){(const char *)der, len}, &used);
    if (certificate != NULL && used != len) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* Takes the certificate over, whatever comes of it. */
static const char *certificate_take(struct amp_chain *chain, X509 *certificate)
{
    if (certificate == NULL || has_flag(certificate, EXFLAG_INVALID)) {
        X509_free(certificate);
        return "a certificate that came with it cannot be read";
    }
    if (!has_flag(certificate, EXFLAG_CA) && X509_check_ca(certificate) == 0) {
        if (chain->signer != NULL) {
            X509_free(certificate);
            return "certificates of several signers came with it";
        }
        chain->signer = certificate;
        return NULL;
    }
    if (sk_X509_push(chain->other, certificate) <= 0) {
        X509_free(certificate);
        return "out of memory";
    }
    return NULL;
}

static const char *key_take(struct amp_chain *chain)
{
    EVP_PKEY *key = chain->signer != NULL ? X509_get0_pubkey(chain->signer) : NULL;
    if (chain->signer == NULL) {
        return "all certificates that came with it are of authorities, none of a signer";
    }
    const int len = key != NULL && key_strong(chain->signer) ? i2d_PUBKEY(key, NULL) : 0;
    unsigned char *at = chain->key;
    if (len <= 0 || len > AMP_VERIFY_KEY || i2d_PUBKEY(key, &at) != len) {
        return "the key of its certificate is weak, or of another kind than RSA and ECDSA";
    }
    chain->key_len = (size_t)len;
    return NULL;
}

struct amp_chain *amp_chain_open(const struct amp_str *text, size_t n, const char **words)
{
    struct amp_chain *chain = calloc(1, sizeof *chain);
    if (chain != NULL) {
        chain->other = sk_X509_new_null();
    }
    *words = chain == NULL || chain->other == NULL ? "out of memory"
             : n > AMP_CHAIN_CERTIFICATES          ? "more certificates came with it than are read"
                                                   : NULL;
    for (size_t i = 0; *words == NULL && i < n; i++) {
        *words = certificate_take(chain, text_read(text[i]));
    }
    *words = *words != NULL ? *words : key_take(chain);
    ERR_clear_error();
    if (*words != NULL) {
        amp_chain_close(chain);
        return NULL;
    }
    return chain;
}

void amp_chain_close(struct amp_chain *chain)
{
    if (chain != NULL) {
        X509_free(chain->signer);
        sk_X509_pop_free(chain->other, X509_free);
        free(chain);
    }
}

struct amp_str amp_chain_key(const struct amp_chain *chain)
{
    return (struct amp_str){(const char *)chain->key, chain->key_len};
}

/* ---- the chain ---- */

/* An empty store with the given certificates: nothing of the system's. NULL: they cannot be had. */
static X509_STORE *store_make(struct amp_str authority)
{
    X509_STORE *store = X509_STORE_new();
    bool good = store != NULL && authority.len > 0;
    while (good && authority.len > 0) {
        size_t used = 0;
        X509 *certificate = certificate_of(authority, &used);
        good = certificate != NULL && is_authority(certificate) && key_strong(certificate) &&
               X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
        authority.ptr += used;
        authority.len -= used;
    }
    if (!good) {
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

static const char *words_of(const X509_STORE_CTX *ctx)
{
    const bool own = X509_STORE_CTX_get_error_depth(ctx) == 0;
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return own ? "its certificate has expired" : "a certificate above its own has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return own ? "its certificate is not valid yet"
                   : "a certificate above its own is not valid yet";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: /* of the same name, and another */
        return amp_chain_unknown;
    default:
        return X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
    }
}

/* What X509_verify_cert leaves open. */
static const char *chain_weak(X509_STORE_CTX *ctx)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    const int n = sk_X509_num(chain);
    if (n < 2) {
        return amp_chain_unknown;
    }
    for (int i = 0; i < n; i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if (!key_strong(certificate) || (i < n - 1 && !digest_strong(certificate))) {
            return "a certificate of its chain is weak";
        }
        if (i > 0 && !is_authority(certificate)) {
            return "a certificate above its own is of no authority";
        }
    }
    X509 *own = sk_X509_value(chain, 0);
    return has_flag(own, EXFLAG_KUSAGE) && (X509_get_key_usage(own) & KU_DIGITAL_SIGNATURE) != 0
               ? NULL
               : "its certificate is not for signing (keyUsage digitalSignature)";
}

static const char *chain_wrong(const struct amp_chain *chain, X509_STORE *store,
                               X509_STORE_CTX *ctx, int64_t now_us)
{
    if (X509_STORE_CTX_init(ctx, store, chain->signer, chain->other) != 1) {
        return "out of memory";
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)(now_us / AMP_US_PER_S));
    X509_VERIFY_PARAM_set_depth(param, BETWEEN);
    X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
    /* each certificate that was given is an end of the chain, whoever certified it */
    if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1) {
        return "out of memory";
    }
    return X509_verify_cert(ctx) == 1 && X509_STORE_CTX_get_error(ctx) == X509_V_OK
               ? chain_weak(ctx)
               : words_of(ctx);
}

const char *amp_chain_wrong(const struct amp_chain *chain, struct amp_str authority,
                            struct amp_str signer, int64_t now_us)
{
    X509_STORE *store = store_make(authority);
    X509_STORE_CTX *ctx = store != NULL ? X509_STORE_CTX_new() : NULL;
    const char *wrong = store == NULL ? "the authority's certificates cannot be read"
                        : ctx == NULL ? "out of memory"
                                      : chain_wrong(chain, store, ctx, now_us);
    if (wrong == NULL && !is_signer(chain->signer, signer)) {
        wrong = "another signer: its certificate is not of who was expected";
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return wrong;
}
