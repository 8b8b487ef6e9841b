/*
 * Checkpoints and proof files: the line formats of C2SP tlog-checkpoint and tlog-proof.
 */
#include "journal/note.h"

#include <string.h>

/* ---- lines ---- */

/* Cuts one line off *rest; false at the end, and where a line end is missing. */
static bool line_cut(struct amp_str *rest, struct amp_str *out)
{
    if (rest->len == 0 || memchr(rest->ptr, '\n', rest->len) == NULL) {
        return false;
    }
    *rest = amp_str_cut(*rest, '\n', out);
    return true;
}

/* Decimal, no leading zero, below 2^63. */
static bool number_read(struct amp_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0') ||
        amp_str_u64(text, &value) != AMP_OK || value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

static bool hash_read(struct amp_str text, uint8_t out[AMP_HASH])
{
    size_t len = 0;
    return amp_base64_read(text, out, AMP_HASH, &len) == AMP_OK && len == AMP_HASH;
}

/* ---- checkpoints ---- */

void amp_checkpoint_write(const struct amp_checkpoint *checkpoint, struct amp_buf *out)
{
    amp_buf_str(out, checkpoint->origin);
    amp_buf_char(out, '\n');
    amp_buf_u64(out, checkpoint->head.size);
    amp_buf_char(out, '\n');
    amp_base64_put(out, checkpoint->head.root, AMP_HASH);
    amp_buf_char(out, '\n');
}

amp_err amp_checkpoint_parse(struct amp_str text, struct amp_checkpoint *out)
{
    struct amp_checkpoint made;
    struct amp_str size, root, line;
    if (!line_cut(&text, &made.origin) || !line_cut(&text, &size) || !line_cut(&text, &root) ||
        made.origin.len == 0 || !amp_utf8_valid(made.origin) ||
        !number_read(size, &made.head.size) || !hash_read(root, made.head.root)) {
        return AMP_E_SYNTAX;
    }
    while (text.len > 0) {
        if (!line_cut(&text, &line) || line.len == 0) {
            return AMP_E_SYNTAX;
        }
    }
    *out = made;
    return AMP_OK;
}

amp_err amp_checkpoint_sign(const struct amp_checkpoint *checkpoint, const uint8_t seed[AMP_KEY],
                            struct amp_buf *out)
{
    size_t from = out->len;
    amp_checkpoint_write(checkpoint, out);
    amp_err err = amp_buf_err(out);
    if (err) {
        return err;
    }
    struct amp_buf line = amp_buf_make(AMP_NOTE_SIGNATURE);
    const struct amp_str text = {.ptr = out->data + from, .len = out->len - from};
    err = amp_note_sign(text, checkpoint->origin, seed, &line);
    if (!err) {
        amp_buf_char(out, '\n');
        amp_buf_str(out, amp_buf_view(&line));
        err = amp_buf_err(out);
    }
    amp_buf_free(&line);
    return err;
}

/* ---- proof files ---- */

#define PROOF_HEAD "c2sp.org/tlog-proof@v1"

void amp_tlog_proof_write(const struct amp_tlog_proof *proof, struct amp_buf *out)
{
    amp_buf_text(out, PROOF_HEAD "\n");
    if (proof->extra.len > 0) {
        amp_buf_text(out, "extra ");
        amp_buf_str(out, proof->extra);
        amp_buf_char(out, '\n');
    }
    amp_buf_text(out, "index ");
    amp_buf_u64(out, proof->index);
    amp_buf_char(out, '\n');
    for (size_t i = 0; i < proof->proof.n; i++) {
        amp_base64_put(out, proof->proof.hash[i], AMP_HASH);
        amp_buf_char(out, '\n');
    }
    amp_buf_char(out, '\n');
    amp_buf_str(out, proof->note);
}

static bool word_cut(struct amp_str line, struct amp_str word, struct amp_str *out)
{
    if (!amp_str_starts(line, word)) {
        return false;
    }
    *out = (struct amp_str){.ptr = line.ptr + word.len, .len = line.len - word.len};
    return true;
}

static bool is_base64(struct amp_str text)
{
    struct amp_buf room = amp_buf_make(AMP_TLOG_PROOF_MAX);
    size_t cap = text.len / 4 * 3, len = 0;
    uint8_t *at = amp_buf_extend(&room, cap + 1);
    bool good = text.len > 0 && at && amp_base64_read(text, at, cap, &len) == AMP_OK;
    amp_buf_free(&room);
    return good;
}

static amp_err hashes_read(struct amp_str *rest, struct amp_proof *out, struct amp_why *why)
{
    struct amp_str line;
    while (line_cut(rest, &line)) {
        if (line.len == 0) {
            return AMP_OK;
        }
        if (out->n == sizeof out->hash / sizeof out->hash[0]) {
            return amp_fail(why, AMP_E_LIMIT, "a proof of more than %zu hashes", out->n);
        }
        if (!hash_read(line, out->hash[out->n++])) {
            return amp_fail(why, AMP_E_SYNTAX, "hash %zu of the proof is none", out->n);
        }
    }
    return amp_fail(why, AMP_E_SYNTAX, "the proof has no checkpoint");
}

amp_err amp_tlog_proof_parse(struct amp_str text, struct amp_tlog_proof *out, struct amp_why *why)
{
    struct amp_tlog_proof made = {.index = 0};
    struct amp_str line, number;
    if (text.len > AMP_TLOG_PROOF_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "a proof of more than %d bytes", AMP_TLOG_PROOF_MAX);
    }
    if (!line_cut(&text, &line) || !amp_str_is(line, PROOF_HEAD)) {
        return amp_fail(why, AMP_E_SYNTAX, "this is no proof: it does not begin with " PROOF_HEAD);
    }
    bool more = line_cut(&text, &line);
    if (more && word_cut(line, AMP_STR("extra "), &made.extra)) {
        if (!is_base64(made.extra)) {
            return amp_fail(why, AMP_E_SYNTAX, "the extra of the proof is not base64");
        }
        more = line_cut(&text, &line);
    }
    if (!more || !word_cut(line, AMP_STR("index "), &number) || !number_read(number, &made.index)) {
        return amp_fail(why, AMP_E_SYNTAX, "the proof does not say its index");
    }
    amp_err err = hashes_read(&text, &made.proof, why);
    if (err) {
        return err;
    }
    made.note = text;
    *out = made;
    return AMP_OK;
}
