/* The two messages about a signature. */
#include "server/verifier.h"
#include "base/reader.h"
#include <string.h>

static const char magic[8] = {'A', 'M', 'P', 'V', 'R', 'F', 'Y', '2'};

static void piece_put(struct amp_buf *out, struct amp_str text)
{
    amp_buf_le32(out, (uint32_t)text.len);
    amp_buf_str(out, text);
}

void amp_verify_ask_write(const struct amp_verify_ask *ask, struct amp_buf *out)
{
    amp_buf_put(out, magic, sizeof magic);
    amp_buf_le32(out, ask->id);
    amp_buf_le64(out, (uint64_t)ask->now_us);
    amp_buf_le32(out, (uint32_t)ask->key_n);
    for (size_t i = 0; i < ask->key_n; i++) {
        piece_put(out, ask->key[i]);
    }
    amp_buf_le32(out, (uint32_t)ask->ca_n);
    for (size_t i = 0; i < ask->ca_n; i++) {
        piece_put(out, ask->ca[i].certificates);
        piece_put(out, ask->ca[i].signer);
    }
    piece_put(out, ask->document);
}

static struct amp_str piece_take(struct amp_reader *rd, size_t most)
{
    const uint32_t len = amp_reader_le32(rd);
    return amp_reader_bytes(rd, len <= most ? len : SIZE_MAX);
}

amp_err amp_verify_ask_read(struct amp_str frame, struct amp_verify_ask *out)
{
    struct amp_reader rd = amp_reader_make(frame.ptr, frame.len);
    struct amp_verify_ask ask = {.id = 0};
    const struct amp_str begin = amp_reader_bytes(&rd, sizeof magic);
    if (begin.len != sizeof magic || memcmp(begin.ptr, magic, sizeof magic) != 0) {
        return AMP_E_SYNTAX;
    }
    ask.id = amp_reader_le32(&rd);
    ask.now_us = (int64_t)amp_reader_le64(&rd);
    ask.key_n = amp_reader_le32(&rd);
    if (ask.key_n > AMP_VERIFY_KEYS) {
        return AMP_E_LIMIT;
    }
    for (size_t i = 0; i < ask.key_n; i++) {
        ask.key[i] = piece_take(&rd, AMP_VERIFY_KEY);
    }
    ask.ca_n = amp_reader_le32(&rd);
    if (ask.ca_n > AMP_VERIFY_CAS) {
        return AMP_E_LIMIT;
    }
    for (size_t i = 0; i < ask.ca_n; i++) {
        ask.ca[i].certificates = piece_take(&rd, AMP_VERIFY_CA);
        ask.ca[i].signer = piece_take(&rd, AMP_VERIFY_SIGNER);
    }
    ask.document = piece_take(&rd, AMP_VERIFY_DOCUMENT);
    if (!amp_reader_done(&rd)) {
        return AMP_E_SYNTAX;
    }
    *out = ask;
    return AMP_OK;
}

void amp_verify_answer_write(uint32_t id, const struct amp_verdict *verdict, struct amp_buf *out)
{
    amp_buf_le32(out, id);
    amp_buf_text(out, amp_alert_signature_name(verdict->signature));
    if (verdict->signature == AMP_SIGNATURE_VALID) {
        amp_buf_printf(out, " %zu", verdict->key);
    } else if (verdict->words[0] != '\0') {
        amp_buf_printf(out, " %s", verdict->words);
    }
}

static bool words_good(struct amp_str words)
{
    for (size_t i = 0; i < words.len; i++) {
        if (words.ptr[i] < ' ' || words.ptr[i] > '~') {
            return false;
        }
    }
    return words.len <= AMP_VERIFY_ANSWER;
}

amp_err amp_verify_answer_read(struct amp_str frame, size_t key_n, uint32_t *id,
                               struct amp_verdict *out)
{
    struct amp_reader rd = amp_reader_make(frame.ptr, frame.len);
    struct amp_verdict verdict = {.signature = AMP_SIGNATURE_NONE};
    const uint32_t about = amp_reader_le32(&rd);
    if (frame.len <= sizeof about) {
        return AMP_E_SYNTAX;
    }
    struct amp_str name = {0};
    const struct amp_str text = {frame.ptr + sizeof about, frame.len - sizeof about};
    const struct amp_str words = amp_str_cut(text, ' ', &name);
    for (int i = AMP_SIGNATURE_VALID; i < AMP_SIGNATURES; i++) {
        if (amp_str_is(name, amp_alert_signature_name((enum amp_alert_signature)i))) {
            verdict.signature = (enum amp_alert_signature)i;
        }
    }
    uint64_t key = 0;
    if (verdict.signature == AMP_SIGNATURE_NONE || !words_good(words)) {
        return AMP_E_SYNTAX;
    }
    if (verdict.signature == AMP_SIGNATURE_VALID) {
        if (amp_str_u64(words, &key) || key >= key_n) {
            return AMP_E_RANGE;
        }
        verdict.key = (size_t)key;
    } else {
        amp_err err = amp_str_copy(verdict.words, sizeof verdict.words, words);
        if (err != AMP_OK) {
            return err;
        }
    }
    *id = about;
    *out = verdict;
    return AMP_OK;
}
