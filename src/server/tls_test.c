/* Tests of tls.c and of http.c above it: certificates made here, and a client that checks them. */
#include "server/clock.h"
#include "server/httpbed.h"
#include "server/testbed.h"
#include "server/tls.h"
#include <gnutls/x509.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    DAY_S = 86400,
    PEM_MAX = 1 << 14,
    SHORT_MS = 50
};

#define PEER       "GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define MODERN     "NORMAL"
#define ONLY_TLS12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

struct bench {
    struct hbed *bed;
    struct amp_tls *tls;
    char cert[HBED_PATH], key[HBED_PATH];
    bool aes256_only;
};

/* ---- certificates ---- */

static void file_write(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int64_t now_us(void)
{
    return amp_clock_real().now_us(NULL);
}

/* A key in key_path and its own certificate in cert_path; either may be NULL. */
static void pair_make(const char *cert_path, const char *key_path, unsigned char serial,
                      int64_t from_day, int64_t until_day)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    char pem[PEM_MAX];
    size_t len = sizeof pem;
    time_t now = (time_t)(now_us() / 1000000);
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(crt, &serial, 1), 0);
    assert_int_equal(gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL), 0);
    assert_int_equal(
        gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, 0), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(crt, now + from_day * DAY_S), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, now + until_day * DAY_S), 0);
    assert_int_equal(gnutls_x509_crt_set_basic_constraints(crt, 1, -1), 0);
    assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
    if (cert_path != NULL) {
        assert_int_equal(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, pem, &len), 0);
        file_write(cert_path, pem, len);
    }
    if (key_path != NULL) {
        len = sizeof pem;
        assert_int_equal(gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, pem, &len), 0);
        file_write(key_path, pem, len);
    }
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->bed = hbed_make();
    (void)snprintf(bench->cert, sizeof bench->cert, "%.64s/cert.pem", bench->bed->dir);
    (void)snprintf(bench->key, sizeof bench->key, "%.64s/key.pem", bench->bed->dir);
    pair_make(bench->cert, bench->key, 1, -1, 90);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    if (bench->bed->http != NULL) {
        hbed_stop(bench->bed);
    }
    amp_tls_close(bench->tls);
    (void)unlink(bench->cert);
    (void)unlink(bench->key);
    hbed_free(bench->bed);
    free(bench);
    return 0;
}

static void serve(struct bench *bench)
{
    struct amp_why why = {""};
    if (amp_tls_open(bench->cert, bench->key, now_us(), &bench->tls, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    if (bench->aes256_only) {
        amp_tls_aes256_only(bench->tls);
    }
    bench->bed->config.tls = bench->tls;
    hbed_start(bench->bed);
}

/* ---- a client that checks ---- */

struct client {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t cred;
};

/* Trusts exactly what is in `trusted`; the status of the handshake. */
static int client_open(struct client *client, const struct bench *bench, const char *trusted,
                       const char *priorities)
{
    const struct timeval patience = {.tv_sec = BED_WAIT_MS / 1000};
    client->fd = hbed_tcp(bench->bed, NULL);
    assert_int_equal(setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
                     0);
    assert_int_equal(gnutls_certificate_allocate_credentials(&client->cred), 0);
    assert_int_equal(
        gnutls_certificate_set_x509_trust_file(client->cred, trusted, GNUTLS_X509_FMT_PEM), 1);
    assert_int_equal(gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL), 0);
    assert_int_equal(gnutls_priority_set_direct(client->session, priorities, NULL), 0);
    assert_int_equal(gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->cred),
                     0);
    gnutls_session_set_verify_cert(client->session, "localhost", 0);
    gnutls_transport_set_int(client->session, client->fd);
    int status = 0;
    do {
        status = gnutls_handshake(client->session);
    } while (status < 0 && gnutls_error_is_fatal(status) == 0);
    return status;
}

static void client_close(struct client *client)
{
    gnutls_deinit(client->session);
    gnutls_certificate_free_credentials(client->cred);
    (void)close(client->fd);
}

static bool client_hears(struct client *client, const char *text, const char *until, size_t most)
{
    struct amp_buf heard = amp_buf_make(most);
    char chunk[16384];
    size_t len = strlen(text);
    if (len > 0 && gnutls_record_send(client->session, text, len) != (ssize_t)len) {
        return false;
    }
    ssize_t n = 1;
    bool found = false;
    while (!found && n > 0) {
        n = gnutls_record_recv(client->session, chunk, sizeof chunk);
        n = n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN ? 0 : n;
        amp_buf_put(&heard, chunk, n > 0 ? (size_t)n : 0);
        found = memmem(heard.data, heard.len, until, strlen(until)) != NULL;
    }
    amp_buf_free(&heard);
    return found;
}

static unsigned client_serial(struct client *client)
{
    unsigned n = 0;
    unsigned char serial[32] = {0};
    size_t len = sizeof serial;
    gnutls_x509_crt_t crt;
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(client->session, &n);
    assert_non_null(shown);
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_import(crt, shown, GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(gnutls_x509_crt_get_serial(crt, serial, &len), 0);
    gnutls_x509_crt_deinit(crt);
    return serial[len - 1];
}

static unsigned serial_shown(const struct bench *bench)
{
    struct client client;
    assert_int_equal(client_open(&client, bench, bench->cert, MODERN), 0);
    assert_true(client_hears(&client, PEER, "secure=1;", HBED_ROOM));
    unsigned serial = client_serial(&client);
    client_close(&client);
    return serial;
}

/* ---- what is opened ---- */

static void refused(const char *cert, const char *key, amp_err err, const char *words)
{
    struct amp_tls *tls = NULL;
    struct amp_why why = {""};
    amp_err got = amp_tls_open(cert, key, now_us(), &tls, &why);
    if (got != err || strstr(why.text, words) == NULL) {
        fail_msg("%s, %s: %s (%s)", cert, key, amp_err_code(got), why.text);
    }
    assert_null(tls);
}

static void what_cannot_serve_is_refused_with_its_reason(void **state)
{
    struct bench *bench = *state;
    static const char passphrase[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
    char other[HBED_PATH];
    (void)snprintf(other, sizeof other, "%.64s/other.pem", bench->bed->dir);
    refused(other, bench->key, AMP_E_NOT_FOUND, "there is no certificate at ");
    refused(bench->cert, other, AMP_E_NOT_FOUND, "there is no key at ");
    refused(bench->bed->dir, bench->key, AMP_E_IO, "is not a file");
    refused(bench->key, bench->key, AMP_E_SYNTAX, "holds no certificate");
    refused(bench->cert, bench->cert, AMP_E_SYNTAX, "holds no private key");
    pair_make(NULL, other, 9, -1, 90);
    refused(bench->cert, other, AMP_E_CONFLICT, "is not that of the certificate");
    file_write(other, "", 0);
    refused(bench->cert, other, AMP_E_SYNTAX, "is empty");
    file_write(other, passphrase, strlen(passphrase));
    refused(bench->cert, other, AMP_E_SYNTAX, "holds no private key");
    assert_int_equal(unlink(other), 0);
}

static void a_key_behind_a_passphrase_is_refused_by_that_name(void **state)
{
    struct bench *bench = *state;
    gnutls_x509_privkey_t key;
    char pem[PEM_MAX];
    size_t len = sizeof pem;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0), 0);
    assert_int_equal(gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, "word",
                                                      GNUTLS_PKCS_PBES2_AES_256, pem, &len),
                     0);
    gnutls_x509_privkey_deinit(key);
    file_write(bench->key, pem, len);
    refused(bench->cert, bench->key, AMP_E_UNSUPPORTED, "passphrase");
}

static void a_certificate_out_of_its_time_is_a_warning(void **state)
{
    static const struct {
        int64_t from, until;
        const char *words;
    } sample[] = {{-2, 90, ""},
                  {-2, AMP_TLS_SOON_DAYS - 1, " expires on 2"},
                  {-9, -2, " has expired on 2"},
                  {2, 90, " holds only from 2"}};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof sample / sizeof sample[0]; i++) {
        struct amp_why why = {""};
        struct amp_tls *tls = NULL;
        pair_make(bench->cert, bench->key, 1, sample[i].from, sample[i].until);
        assert_int_equal(amp_tls_open(bench->cert, bench->key, now_us(), &tls, &why), AMP_OK);
        assert_int_equal(why.text[0] == '\0', sample[i].words[0] == '\0');
        assert_non_null(strstr(why.text, sample[i].words));
        int64_t left = amp_tls_expires_us(tls) - now_us();
        assert_in_range(left / 1000000 + 3600 * 24 * 10, (sample[i].until + 10) * DAY_S - 60,
                        (sample[i].until + 10) * DAY_S);
        amp_tls_close(tls);
    }
}

/* ---- what is spoken ---- */

static void a_client_that_checks_the_certificate_gets_its_answer(void **state)
{
    static const char *const spoken[] = {MODERN, ONLY_TLS12};
    struct bench *bench = *state;
    struct client client;
    serve(bench);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(client_open(&client, bench, bench->cert, spoken[i]), 0);
        assert_true(client_hears(&client, PEER, "peer=127.0.0.1;local=0;secure=1;", HBED_ROOM));
        assert_true(client_hears(&client, PEER, "secure=1;", HBED_ROOM));
        assert_int_equal(gnutls_protocol_get_version(client.session),
                         i == 0 ? GNUTLS_TLS1_3 : GNUTLS_TLS1_2);
        client_close(&client);
    }
}

static void a_client_that_trusts_another_certificate_leaves(void **state)
{
    struct bench *bench = *state;
    struct client client;
    char other[HBED_PATH];
    (void)snprintf(other, sizeof other, "%.64s/other.pem", bench->bed->dir);
    pair_make(other, NULL, 1, -1, 90);
    serve(bench);
    assert_int_equal(client_open(&client, bench, other, MODERN),
                     GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
    client_close(&client);
    assert_int_equal(serial_shown(bench), 1);
    assert_int_equal(unlink(other), 0);
}

static void what_is_no_longer_safe_is_not_spoken(void **state)
{
    static const char *const old[] = {
        "NORMAL:-VERS-ALL:+VERS-TLS1.1:%ALLOW_SMALL_RECORDS",
        "NORMAL:-VERS-ALL:+VERS-TLS1.0",
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1",
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA",
    };
    struct bench *bench = *state;
    struct client client;
    serve(bench);
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        if (client_open(&client, bench, bench->cert, old[i]) == 0) {
            fail_msg("%s was spoken", old[i]);
        }
        client_close(&client);
    }
    assert_int_equal(serial_shown(bench), 1);
}

static const char *const beside_aes_256[] = {
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM",
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305",
};

static void unless_it_is_forbidden_clients_with_other_good_ciphers_are_served(void **state)
{
    struct bench *bench = *state;
    struct client client;
    serve(bench);
    for (size_t i = 0; i < sizeof beside_aes_256 / sizeof beside_aes_256[0]; i++) {
        assert_int_equal(client_open(&client, bench, bench->cert, beside_aes_256[i]), 0);
        client_close(&client);
    }
}

static void with_aes_256_only_nothing_else_is_spoken(void **state)
{
    static const char *const spoken[] = {MODERN, ONLY_TLS12};
    struct bench *bench = *state;
    struct client client;
    bench->aes256_only = true;
    serve(bench);
    for (size_t i = 0; i < sizeof beside_aes_256 / sizeof beside_aes_256[0]; i++) {
        if (client_open(&client, bench, bench->cert, beside_aes_256[i]) == 0) {
            fail_msg("%s was spoken", beside_aes_256[i]);
        }
        client_close(&client);
    }
    for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++) {
        assert_int_equal(client_open(&client, bench, bench->cert, spoken[i]), 0);
        assert_int_equal(gnutls_cipher_get(client.session), GNUTLS_CIPHER_AES_256_GCM);
        client_close(&client);
    }
}

static void plain_http_at_the_tls_port_is_refused_without_harm(void **state)
{
    struct bench *bench = *state;
    serve(bench);
    int fd = hbed_tcp(bench->bed, NULL);
    bed_write(fd, PEER, strlen(PEER));
    assert_true(hbed_is_closed(fd));
    (void)close(fd);
    assert_int_equal(atomic_load(&bench->bed->gone), 0);
    assert_int_equal(serial_shown(bench), 1);
}

static void a_handshake_that_never_ends_is_cut(void **state)
{
    static const unsigned char beginning[] = {22, 3, 1, 2, 0, 1};
    struct bench *bench = *state;
    bench->bed->config.head_ms = SHORT_MS;
    serve(bench);
    int fd = hbed_tcp(bench->bed, NULL);
    bed_write(fd, beginning, sizeof beginning);
    assert_true(hbed_is_closed(fd));
    (void)close(fd);
}

static void streams_and_long_answers_pass_through_tls(void **state)
{
    struct bench *bench = *state;
    struct client client;
    serve(bench);
    assert_int_equal(client_open(&client, bench, bench->cert, MODERN), 0);
    assert_true(
        client_hears(&client, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "hello", HBED_ROOM));
    hbed_say(bench->bed, "and more");
    assert_true(client_hears(&client, "", "and more", HBED_ROOM));
    client_close(&client);
    assert_int_equal(client_open(&client, bench, bench->cert, MODERN), 0);
    static const char head[] = "GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    char chunk[16384];
    size_t got = 0;
    ssize_t n = 1;
    assert_int_equal(gnutls_record_send(client.session, head, strlen(head)), strlen(head));
    while (n > 0) {
        n = gnutls_record_recv(client.session, chunk, sizeof chunk);
        got += n > 0 ? (size_t)n : 0;
    }
    assert_true(got > HBED_LONG);
    client_close(&client);
}

/* ---- exchanged while running ---- */

static void a_reload_shows_new_clients_the_new_certificate_and_old_ones_go_on(void **state)
{
    struct bench *bench = *state;
    struct client old;
    serve(bench);
    assert_int_equal(client_open(&old, bench, bench->cert, MODERN), 0);
    assert_true(client_hears(&old, PEER, "secure=1;", HBED_ROOM));
    pair_make(bench->cert, bench->key, 2, -1, 90);
    assert_int_equal(amp_tls_reload(bench->tls, now_us(), NULL), AMP_OK);
    assert_int_equal(serial_shown(bench), 2);
    assert_true(client_hears(&old, PEER, "secure=1;", HBED_ROOM));
    assert_int_equal(client_serial(&old), 1);
    client_close(&old);
    assert_int_equal(serial_shown(bench), 2);
}

static void a_handshake_in_flight_ends_with_the_certificate_it_began_with(void **state)
{
    struct bench *bench = *state;
    struct client slow;
    char first[HBED_PATH];
    (void)snprintf(first, sizeof first, "%.64s/first.pem", bench->bed->dir);
    pair_make(bench->cert, bench->key, 1, -1, 90);
    serve(bench);
    assert_int_equal(link(bench->cert, first), 0);
    assert_int_equal(unlink(bench->cert), 0);
    int fd = hbed_tcp(bench->bed, NULL); /* connected; that it is accepted, a later one shows */
    pair_make(bench->cert, bench->key, 2, -1, 90);
    assert_int_equal(client_open(&slow, bench, first, MODERN), 0);
    client_close(&slow);
    assert_int_equal(amp_tls_reload(bench->tls, now_us(), NULL), AMP_OK);
    gnutls_certificate_credentials_t cred;
    gnutls_session_t session;
    assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
    assert_int_equal(gnutls_init(&session, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_set_default_priority(session), 0);
    assert_int_equal(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred), 0);
    gnutls_transport_set_int(session, fd);
    assert_int_equal(gnutls_handshake(session), 0);
    slow = (struct client){.fd = fd, .session = session, .cred = cred};
    assert_int_equal(client_serial(&slow), 1);
    client_close(&slow);
    assert_int_equal(unlink(first), 0);
}

static void a_bad_reload_keeps_the_old_certificate(void **state)
{
    struct bench *bench = *state;
    struct amp_why why = {""};
    char first[HBED_PATH];
    (void)snprintf(first, sizeof first, "%.64s/first.pem", bench->bed->dir);
    serve(bench);
    assert_int_equal(rename(bench->cert, first), 0);
    assert_int_equal(amp_tls_reload(bench->tls, now_us(), &why), AMP_E_NOT_FOUND);
    pair_make(bench->cert, NULL, 2, -1, 90); /* with another key */
    assert_int_equal(amp_tls_reload(bench->tls, now_us(), &why), AMP_E_CONFLICT);
    assert_non_null(strstr(why.text, "is not that of the certificate"));
    assert_int_equal(rename(first, bench->cert), 0);
    assert_int_equal(serial_shown(bench), 1);
}

static void *reload_often(void *ctx)
{
    struct bench *bench = ctx;
    for (int i = 0; i < 40; i++) {
        assert_int_equal(amp_tls_reload(bench->tls, now_us(), NULL), AMP_OK);
    }
    return NULL;
}

static void reloads_under_load_disturb_nobody(void **state)
{
    struct bench *bench = *state;
    pthread_t thread;
    serve(bench);
    assert_int_equal(pthread_create(&thread, NULL, reload_often, bench), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(serial_shown(bench), 1);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(what_cannot_serve_is_refused_with_its_reason),
        BENCHED(a_key_behind_a_passphrase_is_refused_by_that_name),
        BENCHED(a_certificate_out_of_its_time_is_a_warning),
        BENCHED(a_client_that_checks_the_certificate_gets_its_answer),
        BENCHED(a_client_that_trusts_another_certificate_leaves),
        BENCHED(what_is_no_longer_safe_is_not_spoken),
        BENCHED(unless_it_is_forbidden_clients_with_other_good_ciphers_are_served),
        BENCHED(with_aes_256_only_nothing_else_is_spoken),
        BENCHED(plain_http_at_the_tls_port_is_refused_without_harm),
        BENCHED(a_handshake_that_never_ends_is_cut),
        BENCHED(streams_and_long_answers_pass_through_tls),
        BENCHED(a_reload_shows_new_clients_the_new_certificate_and_old_ones_go_on),
        BENCHED(a_handshake_in_flight_ends_with_the_certificate_it_began_with),
        BENCHED(a_bad_reload_keeps_the_old_certificate),
        BENCHED(reloads_under_load_disturb_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
