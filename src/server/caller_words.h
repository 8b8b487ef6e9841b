/*
 * What the page of a caller's link says, in the languages of Amparo.
 *
 * The language is the one that the phone asks for (RFC 9110, section 12.5.4), English without one
 * that is known. All texts are plain; the page escapes them.
 */
#ifndef AMP_SERVER_CALLER_WORDS_H
#define AMP_SERVER_CALLER_WORDS_H

#include "base/str.h"

enum {
    AMP_CALLER_LANGUAGES = 6
};

/* X(ENUMERATOR, data-... name for the script, or "" when only the page says it) */
#define AMP_CALLER_WORD_TABLE(X)                                                                   \
    X(TITLE, "")                                                                                   \
    X(ASK_POSITION, "")                                                                            \
    X(ASK_MESSAGES, "")                                                                            \
    X(ASK_MEDIA, "")                                                                               \
    X(CHOICE, "")                                                                                  \
    X(AGREE, "")                                                                                   \
    X(SHARING, "")                                                                                 \
    X(KEEP_OPEN, "")                                                                               \
    X(LOOKING, "looking")                                                                          \
    X(POSITION_SENT, "position")                                                                   \
    X(NO_POSITION, "noposition")                                                                   \
    X(MESSAGE, "")                                                                                 \
    X(SEND, "")                                                                                    \
    X(PHOTO, "")                                                                                   \
    X(VIDEO, "")                                                                                   \
    X(SOUND, "")                                                                                   \
    X(SHARED, "")                                                                                  \
    X(SENT, "sent")                                                                                \
    X(SENDING, "sending")                                                                          \
    X(WAITING, "waiting")                                                                          \
    X(REFUSED, "refused")                                                                          \
    X(STOP, "")                                                                                    \
    X(STOPPED, "")                                                                                 \
    X(TAKEN, "")                                                                                   \
    X(OVER, "")                                                                                    \
    X(NO_SCRIPT, "")

enum amp_caller_word {
#define X(id, data) AMP_CALLER_##id,
    AMP_CALLER_WORD_TABLE(X)
#undef X
    AMP_CALLER_WORDS
};

const char *amp_caller_word(unsigned language, enum amp_caller_word word);
const char *amp_caller_data(enum amp_caller_word word);   /* "looking"; "" */
const char *amp_caller_language(unsigned language);       /* "en" */
unsigned amp_caller_language_of(struct amp_str accepted); /* Accept-Language, as it came */

#endif
