/* The TLS of the SIP door: libre's, with what OpenSSL lets one choose. */
#include "cli/sip_tls.h"
#include "cli/sip_re.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

/* Their own header wants others first, and the library by name. */
/* clang-format off */
#define USE_OPENSSL 1
#include <re_srtp.h>
#include <re_tls.h>
/* clang-format on */

static const char ciphers[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                              "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
static const char ciphers_256[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
static const char suites[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
static const char suites_256[] = "TLS_AES_256_GCM_SHA384";

static amp_err refuse(struct amp_why *why, const char *what, const char *path)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    amp_err err = amp_fail(why, AMP_E_IO, "%s %s: %s", what, path,
                           reason != NULL ? reason : "cannot be used");
    ERR_clear_error();
    return err;
}

static bool settings_set(SSL_CTX *ctx, bool aes256_only)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set_cipher_list(ctx, aes256_only ? ciphers_256 : ciphers) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, aes256_only ? suites_256 : suites) == 1;
}

/* Who connects has to show a certificate of one of them. */
static bool clients_set(SSL_CTX *ctx, const char *path)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    if (names == NULL || SSL_CTX_load_verify_file(ctx, path) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return true;
}

static amp_err fill(SSL_CTX *ctx, const struct amp_sip_tls *how, struct amp_why *why)
{
    ERR_clear_error();
    if (!settings_set(ctx, how->aes256_only)) {
        return refuse(why, "TLS", "");
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, how->cert) != 1) {
        return refuse(why, "the certificate", how->cert);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, how->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        return refuse(why, "the key", how->key);
    }
    if (how->clients != NULL && !clients_set(ctx, how->clients)) {
        return refuse(why, "the certificates of authorities", how->clients);
    }
    return AMP_OK;
}

amp_err amp_sip_tls_open(const struct amp_sip_tls *how, struct tls **out, struct amp_why *why)
{
    struct tls *tls = NULL;
    if (tls_alloc(&tls, TLS_METHOD_SSLV23, NULL, NULL) != 0) {
        return AMP_E_NOMEM;
    }
    amp_err err = fill(tls_openssl_context(tls), how, why);
    if (err == AMP_OK) {
        *out = tls;
    } else {
        mem_deref(tls);
    }
    return err;
}
