/*
 * One document, its signature and the keys that were given: libxml2 and libxmlsec1.
 *
 * The form is looked at before any of it is worked out (XML Signature 1.1, and CAP 1.2 section
 * 3.3.4.1, which asks for an enveloped signature):
 *   1. The root is a CAP <alert>; there is one <Signature> in all of the document, a child of it.
 *   2. It has SignedInfo, SignatureValue and perhaps KeyInfo. The keys are those that the owner
 *      gave; only where he gave an authority, certificates are taken out of KeyInfo (below). Then
 *      it is cut out of the tree: libxmlsec1 never sees one, and cannot follow what it says.
 *   3. SignedInfo has one Reference, to the whole document (URI ""). So what is signed is what is
 *      read, and there is nothing to wrap. An id cannot be referred to: CAP has no attributes.
 *   4. Transforms: enveloped-signature, then at the most one canonicalisation. Canonicalisation is
 *      C14N 1.0 or exclusive C14N, without comments. No XPath, no XSLT, no base64.
 *   5. Digests and signatures by SHA-256, -384 or -512; RSA of 2,048 bits or more (PKCS #1 v1.5) or
 *      ECDSA of 256 or more. No SHA-1, no MD5, no DSA, no HMAC.
 * What is of another form is "unsupported".
 *
 * Of KeyInfo one X509Data is read, and in it each X509Certificate, one text and nothing else.
 * KeyName, KeyValue, and in X509Data names, numbers and SKI are passed over: nothing follows from
 * them. With anything else no authority is asked. What the certificates come to is for
 * server/alert_chain.h; then the signature has to be by the key of the signer's certificate.
 */
#include "cli/verifier.h"
#include "server/alert_chain.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#define DSIG "http://www.w3.org/2000/09/xmldsig#"

static const char *const spaces[] = {"urn:oasis:names:tc:emergency:cap:1.2",
                                     "urn:oasis:names:tc:emergency:cap:1.1",
                                     "http://www.incident.com/cap/1.0"};
static const char *const canons[] = {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                     "http://www.w3.org/2001/10/xml-exc-c14n#"};
static const char *const digests[] = {"http://www.w3.org/2001/04/xmlenc#sha256",
                                      "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                      "http://www.w3.org/2001/04/xmlenc#sha512"};
static const char *const methods[] = {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                      "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
                                      "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                                      "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                                      "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                                      "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"};
static const char *const enveloped[] = {DSIG "enveloped-signature"};

#define ONE_OF(list, text) one_of(list, sizeof(list) / sizeof((list)[0]), text)

static bool one_of(const char *const *list, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (text != NULL && strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static const char *text_of(const xmlChar *text)
{
    return (const char *)text;
}

static bool is(const xmlNode *node, const char *space, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE &&
           strcmp(text_of(node->name), name) == 0 && node->ns != NULL && node->ns->href != NULL &&
           strcmp(text_of(node->ns->href), space) == 0;
}

static const xmlNode *element_from(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

/* Of elements; NULL without one, and of NULL. */
static const xmlNode *first(const xmlNode *node)
{
    return node != NULL ? element_from(node->children) : NULL;
}

static const xmlNode *next(const xmlNode *node)
{
    return node != NULL ? element_from(node->next) : NULL;
}

/* The only text of an attribute; NULL without it. */
static const char *attr_text(const xmlAttr *attr)
{
    const xmlNode *text = attr != NULL ? attr->children : NULL;
    return text == NULL                                        ? (attr != NULL ? "" : NULL)
           : text->type == XML_TEXT_NODE && text->next == NULL ? text_of(text->content)
                                                               : NULL;
}

static const char *attr_of(const xmlNode *node, const char *name)
{
    for (const xmlAttr *attr = node != NULL ? node->properties : NULL; attr != NULL;
         attr = attr->next) {
        if (attr->ns == NULL && strcmp(text_of(attr->name), name) == 0) {
            return attr_text(attr);
        }
    }
    return NULL;
}

/* ---- the form ---- */

static bool algorithm_is(const xmlNode *node, const char *name, const char *const *list, size_t n)
{
    return is(node, DSIG, name) && one_of(list, n, attr_of(node, "Algorithm"));
}

#define ALGORITHM(node, name, list) algorithm_is(node, name, list, sizeof(list) / sizeof((list)[0]))

static const char *transforms_wrong(const xmlNode *transforms)
{
    const xmlNode *envelope = is(transforms, DSIG, "Transforms") ? first(transforms) : NULL;
    if (!ALGORITHM(envelope, "Transform", enveloped) || first(envelope) != NULL) {
        return "its first transform is not enveloped-signature";
    }
    const xmlNode *canon = next(envelope);
    if (canon != NULL && (!ALGORITHM(canon, "Transform", canons) || next(canon) != NULL)) {
        return "a transform is none of C14N 1.0 and exclusive C14N";
    }
    return NULL;
}

/* Every element after `node` in the document; NULL behind the last. */
static xmlNode *walk(xmlNode *node)
{
    if (node->children != NULL && node->type == XML_ELEMENT_NODE) {
        return node->children;
    }
    while (node != NULL && node->next == NULL) {
        node = node->parent;
        if (node != NULL && node->type != XML_ELEMENT_NODE) {
            return NULL;
        }
    }
    return node != NULL ? node->next : NULL;
}

static const char *reference_wrong(const xmlNode *reference)
{
    const char *uri = is(reference, DSIG, "Reference") ? attr_of(reference, "URI") : NULL;
    if (uri == NULL || uri[0] != '\0' || next(reference) != NULL) {
        return "it has not one Reference, to the whole document";
    }
    const xmlNode *transforms = first(reference);
    const char *wrong = transforms_wrong(transforms);
    if (wrong != NULL) {
        return wrong;
    }
    const xmlNode *method = next(transforms);
    if (!ALGORITHM(method, "DigestMethod", digests) || first(method) != NULL) {
        return "its digest is none of SHA-256, SHA-384, SHA-512";
    }
    const xmlNode *value = next(method);
    return is(value, DSIG, "DigestValue") && next(value) == NULL
               ? NULL
               : "its Reference is of another form";
}

static const char *signed_info_wrong(const xmlNode *info)
{
    const xmlNode *canon = is(info, DSIG, "SignedInfo") ? first(info) : NULL;
    if (!ALGORITHM(canon, "CanonicalizationMethod", canons)) {
        return "its canonicalisation is none of C14N 1.0 and exclusive C14N";
    }
    const xmlNode *method = next(canon);
    if (!ALGORITHM(method, "SignatureMethod", methods) || first(method) != NULL) {
        return "its method is none of RSA and ECDSA with SHA-256, SHA-384, SHA-512";
    }
    return reference_wrong(next(method));
}

static const char *signature_wrong(const xmlNode *signature)
{
    const xmlNode *info = first(signature);
    const xmlNode *value = next(info);
    const xmlNode *key = next(value);
    if (!is(value, DSIG, "SignatureValue") ||
        (key != NULL && (!is(key, DSIG, "KeyInfo") || next(key) != NULL))) {
        return "it has other parts than SignedInfo, SignatureValue and KeyInfo";
    }
    return signed_info_wrong(info);
}

static bool is_alert(const xmlNode *root)
{
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (is(root, spaces[i], "alert")) {
            return true;
        }
    }
    return false;
}

/* The one signature; NULL and why else. */
static xmlNode *signature_find(xmlDoc *doc, const char **wrong)
{
    xmlNode *const root = xmlDocGetRootElement(doc);
    xmlNode *found = NULL;
    if (doc->intSubset != NULL || doc->extSubset != NULL || !is_alert(root)) {
        *wrong = "the document is no alert";
        return NULL;
    }
    for (xmlNode *node = root; node != NULL; node = walk(node)) {
        const bool signature =
            node->type == XML_ELEMENT_NODE && strcmp(text_of(node->name), "Signature") == 0;
        if (signature && (found != NULL || node->parent != root || !is(node, DSIG, "Signature"))) {
            *wrong =
                "there is more than one signature, or one elsewhere than right below the alert";
            return NULL;
        }
        found = signature ? node : found;
    }
    *wrong = found != NULL ? signature_wrong(found) : "there is no signature";
    return *wrong == NULL ? found : NULL;
}

/* ---- the keys ---- */

/* What kind of key the method of a signature, whose form is known, asks for. */
static int kind_of(const xmlNode *signature)
{
    const char *method = attr_of(next(first(first(signature))), "Algorithm");
    return method != NULL && strstr(method, "#ecdsa-") != NULL ? EVP_PKEY_EC : EVP_PKEY_RSA;
}

/* NULL: it cannot have signed, being of another kind or weak. */
static xmlSecKey *key_make(struct amp_str der, int kind)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der.len);
    const int least = kind == EVP_PKEY_RSA ? AMP_VERIFY_RSA_BITS : AMP_VERIFY_EC_BITS;
    if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != kind || EVP_PKEY_get_bits(pkey) < least) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    xmlSecKeyData *data = xmlSecOpenSSLEvpKeyAdopt(pkey);
    xmlSecKey *key = data != NULL ? xmlSecKeyCreate() : NULL;
    if (data == NULL) {
        EVP_PKEY_free(pkey);
    } else if (key == NULL || xmlSecKeySetValue(key, data) < 0) {
        xmlSecKeyDataDestroy(data);
        xmlSecKeyDestroy(key);
        key = NULL;
    }
    return key;
}

static bool context_bound(xmlSecDSigCtx *ctx)
{
    const xmlSecTransformId reference[] = {
        xmlSecTransformEnvelopedId,     xmlSecTransformInclC14NId,
        xmlSecTransformExclC14NId,      xmlSecOpenSSLTransformSha256Id,
        xmlSecOpenSSLTransformSha384Id, xmlSecOpenSSLTransformSha512Id};
    const xmlSecTransformId signature[] = {
        xmlSecTransformInclC14NId,           xmlSecTransformExclC14NId,
        xmlSecOpenSSLTransformRsaSha256Id,   xmlSecOpenSSLTransformRsaSha384Id,
        xmlSecOpenSSLTransformRsaSha512Id,   xmlSecOpenSSLTransformEcdsaSha256Id,
        xmlSecOpenSSLTransformEcdsaSha384Id, xmlSecOpenSSLTransformEcdsaSha512Id};
    bool bound = true;
    ctx->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
    for (size_t i = 0; i < sizeof reference / sizeof reference[0]; i++) {
        bound = xmlSecDSigCtxEnableReferenceTransform(ctx, reference[i]) >= 0 && bound;
    }
    for (size_t i = 0; i < sizeof signature / sizeof signature[0]; i++) {
        bound = xmlSecDSigCtxEnableSignatureTransform(ctx, signature[i]) >= 0 && bound;
    }
    return bound;
}

/* What it comes to with one key. */
static enum amp_alert_signature verdict_of(xmlSecDSigCtx *ctx)
{
    xmlSecPtrList *references = &ctx->signedInfoReferences;
    const xmlSecDSigReferenceCtx *reference =
        xmlSecPtrListGetSize(references) == 1 ? xmlSecPtrListGetItem(references, 0) : NULL;
    if (reference == NULL || reference->status != xmlSecDSigStatusSucceeded) {
        return reference != NULL && reference->status == xmlSecDSigStatusInvalid
                   ? AMP_SIGNATURE_INVALID
                   : AMP_SIGNATURE_UNSUPPORTED;
    }
    return ctx->status == xmlSecDSigStatusSucceeded ? AMP_SIGNATURE_VALID
                                                    : AMP_SIGNATURE_UNKNOWN_KEY;
}

static enum amp_alert_signature key_try(xmlNode *signature, struct amp_str der)
{
    xmlSecKey *key = key_make(der, kind_of(signature));
    xmlSecDSigCtx *ctx = key != NULL ? xmlSecDSigCtxCreate(NULL) : NULL;
    enum amp_alert_signature said = AMP_SIGNATURE_UNKNOWN_KEY; /* a key that cannot have signed */
    if (ctx == NULL || !context_bound(ctx)) {
        said = key == NULL ? said : AMP_SIGNATURE_UNSUPPORTED;
        xmlSecKeyDestroy(key);
    } else {
        ctx->signKey = key; /* with it KeyInfo is not read */
        const int status = xmlSecDSigCtxVerify(ctx, signature);
        said = verdict_of(ctx);
        if (said == AMP_SIGNATURE_VALID && status < 0) {
            said = AMP_SIGNATURE_UNSUPPORTED;
        }
    }
    if (ctx != NULL) {
        xmlSecDSigCtxDestroy(ctx);
    }
    return said;
}

static void say(struct amp_verdict *out, enum amp_alert_signature signature, const char *words)
{
    out->signature = signature;
    (void)snprintf(out->words, sizeof out->words, "%s", words);
}

static void keys_try(const struct amp_verify_ask *ask, xmlNode *signature, struct amp_verdict *out)
{
    say(out, AMP_SIGNATURE_UNKNOWN_KEY, "by none of the keys that were given");
    for (size_t i = 0; i < ask->key_n; i++) {
        switch (key_try(signature, ask->key[i])) {
        case AMP_SIGNATURE_VALID:
            *out = (struct amp_verdict){.signature = AMP_SIGNATURE_VALID, .key = i};
            return;
        case AMP_SIGNATURE_INVALID:
            say(out, AMP_SIGNATURE_INVALID, "what was signed is another text");
            return;
        case AMP_SIGNATURE_UNSUPPORTED:
            say(out, AMP_SIGNATURE_UNSUPPORTED, "it could not be worked out");
            break;
        case AMP_SIGNATURE_UNKNOWN_KEY:
        case AMP_SIGNATURE_NONE:
        case AMP_SIGNATURES:
            break;
        }
    }
}

/* ---- the certificates that came with it ---- */

struct came {
    struct amp_str certificate[AMP_CHAIN_CERTIFICATES]; /* base64; in the document */
    size_t n;
};

/* NULL: all is passed over, or was taken. */
static const char *x509_take(const xmlNode *data, struct came *out)
{
    for (const xmlNode *part = first(data); part != NULL; part = next(part)) {
        if (is(part, DSIG, "X509IssuerSerial") || is(part, DSIG, "X509SubjectName") ||
            is(part, DSIG, "X509SKI")) {
            continue;
        }
        const xmlNode *text = part->children;
        if (!is(part, DSIG, "X509Certificate") || text == NULL || text->type != XML_TEXT_NODE ||
            text->next != NULL) {
            return "its X509Data holds something that is not read";
        }
        if (out->n == AMP_CHAIN_CERTIFICATES) {
            return "more certificates came with it than are read";
        }
        out->certificate[out->n++] = amp_str_of(text_of(text->content));
    }
    return NULL;
}

static const char *key_info_take(const xmlNode *info, struct came *out)
{
    const xmlNode *data = NULL;
    for (const xmlNode *part = first(info); part != NULL; part = next(part)) {
        const bool x509 = is(part, DSIG, "X509Data");
        if ((x509 && data != NULL) ||
            (!x509 && !is(part, DSIG, "KeyName") && !is(part, DSIG, "KeyValue"))) {
            return "its KeyInfo holds something that is not read";
        }
        data = x509 ? part : data;
    }
    return x509_take(data, out);
}

/* Of a signature whose form is known; NULL without one. */
static xmlNode *key_info_of(xmlNode *signature)
{
    for (xmlNode *part = signature->children; part != NULL; part = part->next) {
        if (is(part, DSIG, "KeyInfo")) {
            return part;
        }
    }
    return NULL;
}

static void key_info_drop(xmlNode *signature)
{
    xmlNode *info = key_info_of(signature);
    if (info != NULL) {
        xmlUnlinkNode(info);
        xmlFreeNode(info);
    }
}

/* What there is to ask the authorities about; NULL, and the verdict, if nothing. */
static struct amp_chain *chain_find(xmlNode *signature, struct amp_verdict *out)
{
    struct came came = {.n = 0};
    const char *wrong = key_info_take(key_info_of(signature), &came);
    if (wrong == NULL && came.n == 0) {
        say(out, AMP_SIGNATURE_UNKNOWN_KEY, "no certificate came with it");
        return NULL;
    }
    struct amp_chain *chain =
        wrong == NULL ? amp_chain_open(came.certificate, came.n, &wrong) : NULL;
    if (chain == NULL) {
        say(out, AMP_SIGNATURE_UNSUPPORTED, wrong);
    }
    return chain;
}

/* The first that vouches for the signer decides; else one that knows his chain says why not. */
static void authorities_try(const struct amp_verify_ask *ask, const struct amp_chain *chain,
                            xmlNode *signature, struct amp_verdict *out)
{
    bool known = false;
    for (size_t i = 0; i < ask->ca_n; i++) {
        const char *wrong =
            amp_chain_wrong(chain, ask->ca[i].certificates, ask->ca[i].signer, ask->now_us);
        if (wrong != NULL) {
            if (!known) {
                say(out, AMP_SIGNATURE_UNKNOWN_KEY, wrong);
            }
            known = known || wrong != amp_chain_unknown;
            continue;
        }
        const enum amp_alert_signature said = key_try(signature, amp_chain_key(chain));
        say(out, said,
            said == AMP_SIGNATURE_VALID         ? ""
            : said == AMP_SIGNATURE_INVALID     ? "what was signed is another text"
            : said == AMP_SIGNATURE_UNKNOWN_KEY ? "it is not by the key of its certificate"
                                                : "it could not be worked out");
        out->key = ask->key_n + i;
        return;
    }
}

static void signature_look(const struct amp_verify_ask *ask, xmlNode *signature,
                           struct amp_verdict *out)
{
    struct amp_verdict other = {.signature = AMP_SIGNATURE_UNKNOWN_KEY};
    struct amp_chain *chain = ask->ca_n > 0 ? chain_find(signature, &other) : NULL;
    key_info_drop(signature);
    keys_try(ask, signature, out);
    if (ask->ca_n > 0 && out->signature != AMP_SIGNATURE_VALID &&
        out->signature != AMP_SIGNATURE_INVALID) {
        if (chain != NULL) {
            authorities_try(ask, chain, signature, &other);
        }
        *out = other;
    }
    amp_chain_close(chain);
}

/* ---- from outside ---- */

static void quiet_xml(void *ctx, const char *text, ...)
{
    (void)ctx, (void)text;
}

static void quiet_sec(const char *file, int line, const char *function, const char *object,
                      const char *subject, int reason, const char *text)
{
    (void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason, (void)text;
}

static xmlParserInput *no_entity(const char *url, const char *id, xmlParserCtxt *ctx)
{
    (void)url, (void)id, (void)ctx;
    return NULL;
}

bool amp_verifier_open(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, quiet_xml);
    xmlSetExternalEntityLoader(no_entity);
    xmlSecErrorsSetCallback(quiet_sec);
    if (xmlSecInit() < 0 || xmlSecCheckVersion() != 1 || xmlSecOpenSSLAppInit(NULL) < 0 ||
        xmlSecOpenSSLInit() < 0) {
        return false;
    }
    xmlSecIOCleanupCallbacks(); /* nothing is ever fetched */
    xmlCleanupInputCallbacks();
    return true;
}

void amp_verifier_look(const struct amp_verify_ask *ask, struct amp_verdict *out)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *doc = xmlReadMemory(ask->document.ptr, (int)ask->document.len, NULL, NULL, options);
    const char *wrong = "the document cannot be read";
    xmlNode *signature = doc != NULL ? signature_find(doc, &wrong) : NULL;
    if (signature != NULL) {
        signature_look(ask, signature, out);
    } else {
        say(out, AMP_SIGNATURE_UNSUPPORTED, wrong);
    }
    xmlFreeDoc(doc);
}
