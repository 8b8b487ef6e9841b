/* Signs a JSON text with the pair in force. */
#include "server/jws.h"
#include "base/crypto.h"
#include "base/json.h"
#include "server/tls.h"

enum {
    HEADER_BYTES = 64 << 10,
    TEXT_BYTES = 1 << 20
};

static void header_write(const struct amp_tls_pair *pair, struct amp_buf *out)
{
    gnutls_datum_t der[AMP_TLS_CHAIN_MAX];
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "alg", pair != NULL ? "EdDSA" : "none");
    if (pair != NULL) {
        size_t n = amp_tls_chain(pair, der);
        amp_json_key(&js, "x5c");
        amp_json_open(&js, '[');
        for (size_t i = 0; i < n; i++) {
            struct amp_buf text = amp_buf_make(HEADER_BYTES);
            amp_base64_put(&text, der[i].data, der[i].size);
            amp_json_put_buf(&js, &text);
            amp_buf_free(&text);
        }
        amp_json_close(&js, ']');
    }
    amp_json_close(&js, '}');
}

static void base64url_of(struct amp_str text, struct amp_buf *out)
{
    amp_base64url_put(out, text.ptr, text.len);
}

amp_err amp_jws_write(struct amp_tls *signer, struct amp_str payload, struct amp_buf *out,
                      struct amp_why *why)
{
    struct amp_tls_pair *pair = signer != NULL ? amp_tls_hold(signer) : NULL;
    struct amp_buf header = amp_buf_make(HEADER_BYTES), text = amp_buf_make(TEXT_BYTES);
    struct amp_buf sign = amp_buf_make(2 * AMP_TLS_ED448);
    uint8_t raw[AMP_TLS_ED448];
    header_write(pair, &header);
    base64url_of(amp_buf_view(&header), &text);
    const size_t head_n = amp_buf_view(&text).len;
    amp_buf_char(&text, '.');
    base64url_of(payload, &text);
    amp_err err = amp_buf_err(&header);
    err = err ? err : amp_buf_err(&text);
    const struct amp_str signed_text = amp_buf_view(&text);
    if (err == AMP_OK && pair != NULL) {
        err = amp_tls_sign_ed448(pair, signed_text, raw, why);
        amp_base64url_put(&sign, raw, sizeof raw);
    }
    if (err == AMP_OK) {
        struct amp_json js = amp_json_make(out);
        amp_json_open(&js, '{');
        amp_json_str_of(
            &js, "payload",
            (struct amp_str){signed_text.ptr + head_n + 1, signed_text.len - head_n - 1});
        amp_json_str_of(&js, "protected", (struct amp_str){signed_text.ptr, head_n});
        amp_json_buf_of(&js, "signature", &sign);
        amp_json_close(&js, '}');
        err = amp_buf_err(out);
    }
    amp_tls_unpin(pair);
    amp_buf_free(&header);
    amp_buf_free(&text);
    amp_buf_free(&sign);
    return err;
}
