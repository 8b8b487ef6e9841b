/* Fuzzes signed notes and checkpoints: what is taken is within its bounds and is written back. */
#include "journal/note.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void checkpoint_try(struct amp_str text)
{
    struct amp_checkpoint checkpoint;
    if (amp_checkpoint_parse(text, &checkpoint) != AMP_OK) {
        return;
    }
    struct amp_buf buf = amp_buf_make(AMP_NOTE_MAX + 256);
    amp_checkpoint_write(&checkpoint, &buf); /* without extension lines */
    assert(amp_buf_err(&buf) == AMP_OK && buf.len <= text.len);
    assert(memcmp(buf.data, text.ptr, buf.len) == 0);
    amp_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char known[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_note note;
    struct amp_note_seen seen;
    struct amp_vkey vkey;
    checkpoint_try(text);
    if (amp_note_parse(text, &note, NULL) != AMP_OK) {
        return 0;
    }
    assert(note.n > 0 && note.n <= AMP_NOTE_SIGNATURES);
    size_t len = note.text.len + 1;
    for (size_t i = 0; i < note.n; i++) {
        assert(note.signature[i].line.ptr == text.ptr + len);
        len += note.signature[i].line.len;
    }
    assert(len == size); /* text, empty line and signatures are all there is */
    amp_err err = amp_vkey_parse(amp_str_of(known), &vkey, NULL);
    assert(err == AMP_OK);
    err = amp_note_verify(&note, &vkey, 1, &seen, NULL);
    assert((err == AMP_OK) == seen.signed_it || err != AMP_OK);
    checkpoint_try(note.text);
    return 0;
}
