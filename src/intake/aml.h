/*
 * What the four forms of Advanced Mobile Location share. Private to the aml_*.c files.
 *
 * Sources: the forms that ETSI TS 103 625 gives and phone makers publish (text SMS version 1 and 2,
 * data SMS, HTTPS).
 */
#ifndef AMP_INTAKE_AML_H
#define AMP_INTAKE_AML_H

#include "base/buf.h"
#include "intake/intake.h"

enum {
    AMP_AML_PAIRS = 32,
    AMP_AML_KEY = 4 /* letters of a key, at the most */
};

/* key=value;key=value. The first of two equal keys wins. A key is kept as one number, which is
 * compared at once; a longer one is none that we know, and kept as 0. */
struct amp_aml_pairs {
    uint32_t key[AMP_AML_PAIRS];
    struct amp_str value[AMP_AML_PAIRS];
    size_t n; /* the rest of the tables is not set */
};
AMP_MUST amp_err amp_aml_pairs_read(struct amp_str text, struct amp_aml_pairs *pairs,
                                    struct amp_why *why);

static inline uint32_t amp_aml_key(const char *ptr, size_t len)
{
    uint32_t key = 0;
    for (size_t i = 0; i < len && len <= AMP_AML_KEY; i++) {
        key = key << 8 | (unsigned char)ptr[i];
    }
    return key;
}

/* The value, which is a view; false when the key is absent or empty. */
static inline bool amp_aml_get(const struct amp_aml_pairs *pairs, const char *name,
                               struct amp_str *out)
{
    uint32_t key = amp_aml_key(name, __builtin_strlen(name));
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->key[i] == key) {
            *out = pairs->value[i];
            return out->len > 0;
        }
    }
    return false;
}

/* A decimal with an optional sign. Errors name the key. */
AMP_MUST amp_err amp_aml_degrees(struct amp_str text, const char *key, int64_t limit_deg,
                                 int32_t *out_e7, struct amp_why *why);
void amp_aml_place(struct amp_report *report, struct amp_pos pos); /* located there */
/* Metres, rounded up: never surer than the phone. */
AMP_MUST amp_err amp_aml_radius(struct amp_str text, const char *key, struct amp_report *report,
                                struct amp_why *why);
/* Percent; what is none is a warning. */
void amp_aml_confidence(struct amp_str text, const char *key, struct amp_report *report);
/* After other words, "; " between them. */
void amp_aml_also(struct amp_buf *words);
/* How high above the ellipsoid the phone is. Nothing for what is no number, and for 0 of which no
 * accuracy is said: so a phone says that it does not know. */
void amp_aml_altitude(struct amp_str metres, struct amp_str within, struct amp_buf *words);
/* As the words of the report, if there are any. */
void amp_aml_words(struct amp_buf *words, struct amp_arena *arena, struct amp_report *report);
void amp_aml_device(struct amp_str imei, const char *key, struct amp_arena *arena,
                    struct amp_report *report);
/* G, W, C, F, U, N, or the words of the HTTPS form; empty: not said. */
void amp_aml_source(struct amp_str method, struct amp_report *report);

/* The forms. `message` is all of it, `body` what follows the version. */
AMP_MUST amp_err amp_aml_v1(struct amp_str message, struct amp_str body, struct amp_arena *arena,
                            struct amp_report *report, struct amp_why *why);
AMP_MUST amp_err amp_aml_v2(struct amp_str body, struct amp_arena *arena, struct amp_report *report,
                            struct amp_why *why);
AMP_MUST amp_err amp_aml_form(struct amp_str bytes, struct amp_arena *arena,
                              struct amp_report *report, struct amp_why *why);

#endif
