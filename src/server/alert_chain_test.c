/* Which chains of certificates count, and which do not: all made here, at a moment that is told. */
#include "base/crypto.h"
#include "base/timefmt.h"
#include "server/alert_chain.h"
#include "server/verifier.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    NOW_S = 1800000000,
    DAY_S = 86400,
    MOST = AMP_CHAIN_CERTIFICATES + 1
};

struct who {
    EVP_PKEY *key;
    X509 *certificate;
};

/* What a certificate is to be; what is not said is good. */
struct plan {
    const char *cn, *cn2, *basic, *usage, *san, *mail, *odd;
    EVP_PKEY *key;
    const EVP_MD *digest;
    long from_s, until_s;
};

static struct who who[64]; /* all that were made: freed at the end */
static size_t who_n;

static EVP_PKEY *curve(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen(name);
    assert_non_null(key);
    return key;
}

static void extend(X509 *certificate, const struct who *by, int nid, const char *value)
{
    X509V3_CTX ctx;
    if (value == NULL || value[0] == '\0') {
        return;
    }
    X509V3_set_ctx(&ctx, by != NULL ? by->certificate : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void name_put(X509_NAME *name, const char *field, const char *value)
{
    if (value != NULL) {
        assert_int_equal(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                                    (const unsigned char *)value, -1, -1, 0),
                         1);
    }
}

static void odd_put(X509 *certificate, const char *oid)
{
    if (oid == NULL) {
        return;
    }
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 1), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static struct who *make(const struct plan *plan, const struct who *by)
{
    assert_true(who_n < sizeof who / sizeof who[0]);
    struct who *made = &who[who_n++];
    X509 *certificate = X509_new();
    made->key = plan->key != NULL ? plan->key : curve("P-256");
    made->certificate = certificate;
    X509_NAME *subject = X509_get_subject_name(certificate);
    name_put(subject, "CN", plan->cn);
    name_put(subject, "CN", plan->cn2);
    name_put(subject, "emailAddress", plan->mail);
    assert_int_equal(X509_set_issuer_name(certificate, by != NULL
                                                           ? X509_get_subject_name(by->certificate)
                                                           : subject),
                     1);
    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)who_n);
    (void)ASN1_TIME_set(X509_getm_notBefore(certificate), NOW_S + plan->from_s);
    (void)ASN1_TIME_set(X509_getm_notAfter(certificate), NOW_S + plan->until_s);
    assert_int_equal(X509_set_pubkey(certificate, made->key), 1);
    extend(certificate, by, NID_basic_constraints, plan->basic);
    extend(certificate, by, NID_key_usage, plan->usage);
    extend(certificate, by, NID_subject_alt_name, plan->san);
    odd_put(certificate, plan->odd);
    assert_true(X509_sign(certificate, by != NULL ? by->key : made->key,
                          plan->digest != NULL ? plan->digest : EVP_sha256()) > 0);
    return made;
}

static struct plan authority(const char *cn)
{
    return (struct plan){.cn = cn,
                         .basic = "critical,CA:TRUE",
                         .usage = "critical,keyCertSign,cRLSign",
                         .from_s = -9L * DAY_S,
                         .until_s = 9L * DAY_S};
}

static struct plan signer(void)
{
    return (struct plan){.cn = "Met Alerts",
                         .basic = "CA:FALSE",
                         .usage = "critical,digitalSignature",
                         .san = "email:warn@met.example.org,DNS:cap.met.example.org",
                         .from_s = -DAY_S,
                         .until_s = DAY_S};
}

/* ---- asking ---- */

static void text_put(const struct who *of, struct amp_buf *out)
{
    unsigned char *der = NULL;
    const int len = i2d_X509(of->certificate, &der);
    assert_true(len > 0);
    amp_base64_put(out, der, (size_t)len);
    OPENSSL_free(der);
}

static amp_err file_read(const struct who *const *of, size_t n, struct amp_buf *out, bool *expired)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    struct amp_why why = {""};
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(PEM_write_bio_X509(bio, of[i]->certificate), 1);
    }
    const long len = BIO_get_mem_data(bio, &text);
    amp_err err = amp_chain_read((struct amp_str){text, (size_t)len}, NOW_S * AMP_US_PER_S, out,
                                 expired, &why);
    assert_true(err == AMP_OK || why.text[0] != '\0');
    BIO_free(bio);
    return err;
}

static struct amp_chain *open_all(const struct who *const *came, size_t n, const char **words)
{
    struct amp_buf text[MOST];
    struct amp_str view[MOST];
    assert_true(n <= MOST);
    for (size_t i = 0; i < n; i++) {
        text[i] = amp_buf_make(AMP_CHAIN_TEXT);
        text_put(came[i], &text[i]);
        view[i] = amp_buf_view(&text[i]);
    }
    struct amp_chain *chain = amp_chain_open(view, n, words);
    for (size_t i = 0; i < n; i++) {
        amp_buf_free(&text[i]);
    }
    return chain;
}

/* What is said of what came, with one authority; "holds" when all is well. */
static const char *said_at(long later_s, const struct who *given, const char *expected,
                           const struct who *a, const struct who *b)
{
    const struct who *came[2] = {a, b};
    const struct who *const files[1] = {given};
    struct amp_buf file = amp_buf_make(AMP_VERIFY_CA);
    const char *words = NULL;
    bool expired = false;
    assert_int_equal(file_read(files, 1, &file, &expired), AMP_OK);
    struct amp_chain *chain = open_all(came, b != NULL ? 2 : 1, &words);
    if (chain != NULL) {
        words = amp_chain_wrong(chain, amp_buf_view(&file), amp_str_of(expected),
                                (NOW_S + later_s) * AMP_US_PER_S);
        words = words == NULL ? "holds" : words;
    }
    amp_chain_close(chain);
    amp_buf_free(&file);
    return words;
}

#define SAYS(words, given, expected, a, b)                                                         \
    assert_non_null(strstr(said_at(0, given, expected, a, b), words))
#define SAYS_AT(words, later, given, a, b)                                                         \
    assert_non_null(strstr(said_at(later, given, "any", a, b), words))

static struct who *root, *middle, *leaf;

static int begin(void **state)
{
    (void)state;
    const struct plan top = authority("Root"), between = authority("Between"), below = signer();
    root = make(&top, NULL);
    middle = make(&between, root);
    leaf = make(&below, middle);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < who_n; i++) {
        X509_free(who[i].certificate);
        EVP_PKEY_free(who[i].key);
    }
    return 0;
}

/* ---- the tests ---- */

static void a_chain_leads_to_what_was_given_and_to_nothing_else(void **state)
{
    (void)state;
    const struct plan same = authority("Root"), alone = signer();
    const struct who *other = make(&same, NULL);
    const struct who *self = make(&alone, NULL);
    SAYS("holds", root, "any", leaf, middle);
    SAYS("holds", root, "any", middle, leaf);
    SAYS("holds", middle, "any", leaf, NULL); /* given itself, whoever certified it */
    SAYS("holds", middle, "any", leaf, root);
    SAYS("unknown issuer", root, "any", leaf, NULL);
    SAYS("unknown issuer", other, "any", leaf, middle);
    SAYS("unknown issuer", root, "any", self, middle);
    SAYS("none of a signer", root, "any", root, middle);
    SAYS("several signers", root, "any", leaf, self);
    SAYS("several signers", root, "any", leaf, leaf);
}

static void each_certificate_counts_at_the_moment_that_is_told(void **state)
{
    (void)state;
    struct plan old = authority("Old");
    old.until_s = DAY_S / 2;
    const struct who *between = make(&old, root);
    const struct plan below = signer();
    const struct who *one = make(&below, between);
    SAYS_AT("holds", DAY_S - 1, root, leaf, middle);
    SAYS_AT("its certificate has expired", DAY_S + 1, root, leaf, middle);
    SAYS_AT("its certificate is not valid yet", -DAY_S - 1, root, leaf, middle);
    SAYS_AT("holds", DAY_S / 2 - 1, root, one, between);
    SAYS_AT("above its own has expired", DAY_S / 2 + 1, root, one, between);
    SAYS_AT("above its own has expired", DAY_S / 2 + 1, between, one, NULL);
}

static void a_signer_is_of_the_name_that_is_expected(void **state)
{
    (void)state;
    static const char *const good[] = {"any", "email warn@met.example.org",
                                       "email warn@MET.example.org", "dns cap.met.example.org",
                                       "cn Met Alerts"};
    static const char *const bad[] = {"email other@met.example.org",
                                      "email warn@example.org",
                                      "dns met.example.org",
                                      "dns warn@met.example.org",
                                      "cn Met",
                                      "cn met alerts",
                                      "cn Met Alerts 2",
                                      "cn warn@met.example.org"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        SAYS("holds", root, good[i], leaf, middle);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SAYS("another signer", root, bad[i], leaf, middle);
    }
    struct plan two = signer();
    two.cn2 = "Somebody";
    two.san = "DNS:*.met.example.org";
    two.mail = "warn@met.example.org";
    const struct who *odd = make(&two, root);
    SAYS("holds", root, "any", odd, NULL);
    SAYS("another signer", root, "cn Met Alerts", odd, NULL);
    SAYS("another signer", root, "dns cap.met.example.org", odd, NULL);
    SAYS("another signer", root, "email warn@met.example.org", odd, NULL);
    two.cn = NULL;
    two.cn2 = NULL;
    SAYS("another signer", root, "cn Met Alerts", make(&two, root), NULL);
    static const char *const none[] = {"",        "any body", "email",      "email warn", "cn",
                                       "dns a@b", "dns *.x",  "Met Alerts", "CN Met",     "dns",
                                       "uri x",   "cn \xff",  "Any"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(amp_chain_signer_valid(amp_str_of(none[i])));
        SAYS("another signer", root, none[i], leaf, middle);
    }
}

static void only_an_authority_certifies_and_only_within_what_it_may(void **state)
{
    (void)state;
    struct plan short_one = authority("Short");
    short_one.basic = "critical,CA:TRUE,pathlen:0";
    const struct who *last = make(&short_one, root);
    const struct plan more = authority("More"), below = signer();
    const struct who *beyond = make(&more, last);
    SAYS("holds", last, "any", make(&below, last), NULL);
    SAYS("path length", last, "any", make(&below, beyond), beyond);
    struct plan idle = authority("Idle"); /* an authority that may not certify */
    idle.usage = "critical,digitalSignature";
    const struct who *no_sign = make(&idle, root);
    SAYS("invalid CA", root, "any", make(&below, no_sign), no_sign);
    SAYS("several signers", root, "any", make(&below, leaf), leaf);
    struct plan silent = authority("Silent"); /* says nothing of what it is */
    silent.basic = NULL;
    const struct who *quiet = make(&silent, root);
    SAYS("invalid CA", root, "any", make(&below, quiet), quiet);
    struct plan odd = signer();
    odd.odd = "1.3.6.1.4.1.55555.1"; /* critical, and nobody knows what it means */
    SAYS("critical", root, "any", make(&odd, root), NULL);
}

static EVP_PKEY *curve_explicit(void)
{
    char group[] = "P-256", encoding[] = "explicit";
    const OSSL_PARAM param[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding, 0),
        OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_true(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_params(ctx, param) == 1 && EVP_PKEY_generate(ctx, &key) == 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void weak_keys_digests_and_uses_do_not_count(void **state)
{
    (void)state;
    struct plan plan = signer();
    plan.digest = EVP_sha1();
    SAYS("weak", root, "any", make(&plan, root), NULL);
    plan.digest = EVP_sha224(); /* which OpenSSL's level lets pass */
    SAYS("of its chain is weak", root, "any", make(&plan, root), NULL);
    struct plan between = authority("Weak");
    between.digest = EVP_sha1();
    const struct who *weak = make(&between, root);
    plan = signer();
    const struct who *below = make(&plan, weak);
    SAYS("weak", root, "any", below, weak);
    SAYS("holds", weak, "any", below, NULL); /* given: how it was certified does not matter */
    EVP_PKEY *const keys[] = {EVP_RSA_gen(1024), curve("P-224"), curve_explicit(),
                              EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        plan.key = keys[i];
        SAYS("of its certificate is weak", root, "any", make(&plan, root), NULL);
    }
    plan.key = EVP_RSA_gen(2048);
    SAYS("holds", root, "any", make(&plan, root), NULL);
    plan = signer();
    plan.usage = "critical,nonRepudiation,keyEncipherment";
    SAYS("not for signing", root, "any", make(&plan, root), NULL);
    plan.usage = NULL;
    SAYS("not for signing", root, "any", make(&plan, root), NULL);
}

static void what_is_no_certificate_is_not_looked_at(void **state)
{
    (void)state;
    struct amp_buf text = amp_buf_make(2 * AMP_CHAIN_TEXT);
    const char *words = NULL;
    text_put(leaf, &text);
    struct amp_str view = amp_buf_view(&text);
    struct amp_chain *chain = amp_chain_open(&view, 1, &words);
    assert_non_null(chain);
    assert_true(amp_chain_key(chain).len > 0);
    amp_chain_close(chain);
    for (size_t len = 0; len < text.len; len += 4) {
        view = (struct amp_str){text.data, len};
        assert_null(amp_chain_open(&view, 1, &words));
        assert_non_null(words);
    }
    amp_buf_clear(&text); /* one byte more */
    unsigned char *der = NULL;
    const int der_len = i2d_X509(leaf->certificate, &der);
    unsigned char more[AMP_CHAIN_CERTIFICATE] = {0};
    memcpy(more, der, (size_t)der_len);
    amp_base64_put(&text, more, (size_t)der_len + 1);
    OPENSSL_free(der);
    view = amp_buf_view(&text);
    assert_null(amp_chain_open(&view, 1, &words));
    amp_buf_clear(&text);
    memset(amp_buf_extend(&text, AMP_CHAIN_TEXT + 1), 'A', AMP_CHAIN_TEXT + 1);
    view = amp_buf_view(&text);
    assert_null(amp_chain_open(&view, 1, &words));
    assert_null(amp_chain_open(&view, 0, &words));
    const struct who *many[MOST];
    for (size_t i = 0; i < MOST; i++) {
        many[i] = i == 0 ? leaf : middle;
    }
    assert_null(open_all(many, MOST, &words));
    assert_non_null(strstr(words, "more certificates"));
    chain = open_all(many, MOST - 1, &words);
    assert_non_null(chain);
    amp_chain_close(chain);
    amp_buf_free(&text);
}

static void a_file_holds_authorities_and_nothing_else(void **state)
{
    (void)state;
    struct amp_buf out = amp_buf_make(AMP_VERIFY_CA);
    bool expired = true;
    const struct who *list[MOST] = {root, middle, leaf};
    assert_int_equal(file_read(list, 2, &out, &expired), AMP_OK);
    assert_false(expired);
    const size_t both = out.len;
    amp_buf_clear(&out);
    assert_int_equal(file_read(list, 3, &out, &expired), AMP_E_UNSUPPORTED);
    amp_buf_clear(&out);
    assert_int_equal(file_read(list, 0, &out, &expired), AMP_E_UNSUPPORTED);
    for (size_t i = 0; i < MOST; i++) {
        list[i] = root;
    }
    amp_buf_clear(&out);
    assert_int_equal(file_read(list, MOST, &out, &expired), AMP_E_LIMIT);
    struct plan old = authority("Old");
    old.until_s = -1;
    list[0] = make(&old, NULL);
    amp_buf_clear(&out);
    assert_int_equal(file_read(list, 2, &out, &expired), AMP_OK);
    assert_true(expired && both > 0);
    old.key = EVP_RSA_gen(1024);
    list[0] = make(&old, NULL);
    amp_buf_clear(&out);
    assert_int_equal(file_read(list, 1, &out, &expired), AMP_E_UNSUPPORTED);
    struct amp_why why = {""};
    amp_buf_clear(&out);
    assert_int_equal(
        amp_chain_read(AMP_STR("-----BEGIN CERTIFICATE-----\nAAAA\n"), 0, &out, &expired, &why),
        AMP_E_UNSUPPORTED);
    const char *words = NULL; /* and bytes that are none are no authority later either */
    const struct who *const came[] = {leaf, middle};
    struct amp_chain *chain = open_all(came, 2, &words);
    assert_non_null(amp_chain_wrong(chain, AMP_STR(""), AMP_STR("any"), NOW_S * AMP_US_PER_S));
    assert_non_null(amp_chain_wrong(chain, AMP_STR("x"), AMP_STR("any"), NOW_S * AMP_US_PER_S));
    amp_chain_close(chain);
    amp_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_leads_to_what_was_given_and_to_nothing_else),
        cmocka_unit_test(each_certificate_counts_at_the_moment_that_is_told),
        cmocka_unit_test(a_signer_is_of_the_name_that_is_expected),
        cmocka_unit_test(only_an_authority_certifies_and_only_within_what_it_may),
        cmocka_unit_test(weak_keys_digests_and_uses_do_not_count),
        cmocka_unit_test(what_is_no_certificate_is_not_looked_at),
        cmocka_unit_test(a_file_holds_authorities_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
