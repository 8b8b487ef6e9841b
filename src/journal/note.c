/* Temporary. */
#include "journal/note.h"
#include <string.h>
static void key_id(struct amp_str name, const uint8_t key[AMP_SIGN_PUBLIC], uint8_t out[4])
{
    struct amp_buf all = amp_buf_make(1024);
    uint8_t hash[AMP_SHA256];
    amp_buf_str(&all, name);
    amp_buf_put(&all, "\n\x01", 2);
    amp_buf_put(&all, key, AMP_SIGN_PUBLIC);
    amp_sha256(all.data, all.len, hash);
    memcpy(out, hash, 4);
    amp_buf_free(&all);
}
void amp_vkey_ed25519_write(struct amp_str name, const uint8_t key[AMP_SIGN_PUBLIC], struct amp_buf *out)
{
    uint8_t id[4], typed[AMP_SIGN_PUBLIC + 1] = {1};
    key_id(name, key, id);
    memcpy(typed + 1, key, AMP_SIGN_PUBLIC);
    amp_buf_str(out, name);
    amp_buf_char(out, '+');
    amp_hex_put(out, id, 4);
    amp_buf_char(out, '+');
    amp_base64_put(out, typed, sizeof typed);
}
void amp_checkpoint_sign(const struct amp_checkpoint *checkpoint, const uint8_t seed[AMP_KEY], struct amp_buf *out)
{
    uint8_t key[AMP_SIGN_PUBLIC], blob[4 + AMP_SIGNATURE];
    amp_buf_str(out, checkpoint->origin);
    amp_buf_printf(out, "\n%llu\n", (unsigned long long)checkpoint->head.size);
    amp_base64_put(out, checkpoint->head.root, AMP_HASH);
    amp_buf_char(out, '\n');
    amp_sign_public(seed, key);
    key_id(checkpoint->origin, key, blob);
    amp_sign(seed, amp_buf_view(out), blob + 4);
    amp_buf_text(out, "\n\xe2\x80\x94 ");
    amp_buf_str(out, checkpoint->origin);
    amp_buf_char(out, ' ');
    amp_base64_put(out, blob, sizeof blob);
    amp_buf_char(out, '\n');
}
#include "journal/tree.h"
void amp_tlog_proof_write(uint64_t index, const struct amp_proof *proof, struct amp_str extra, struct amp_str note, struct amp_buf *out)
{
    (void)extra;
    amp_buf_printf(out, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < proof->n; i++) {
        amp_base64_put(out, proof->hash[i], AMP_HASH);
        amp_buf_char(out, '\n');
    }
    amp_buf_char(out, '\n');
    amp_buf_str(out, note);
}
