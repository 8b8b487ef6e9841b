/*
 * Who is who: accounts with what they may, and the badges (sessions, tokens, set-up links) that
 * prove to be one of them.
 *
 * A mirror, in memory, of what the record and its secrets say, so that the network thread can ask
 * without waiting for the core. Only the core changes it. Passes are known by the SHA-256 of what
 * their holder shows; the thing itself is kept nowhere. Any thread may ask; one lock.
 */
#ifndef AMP_SERVER_DIRECTORY_H
#define AMP_SERVER_DIRECTORY_H

#include "base/crypto.h"
#include "model/event.h"
#include "server/permit.h"

enum {
    AMP_BADGES_MAX = 65536,
    AMP_SESSIONS_EACH = 32, /* of one account; the one used longest ago makes room */
    AMP_BADGE_ID = 17,      /* the first 8 bytes of its hash in hex, and the end */
    AMP_BADGE_LABEL = 65,
    AMP_BADGE_TEXT = 64, /* what the holder shows, and the end */
    AMP_SESSION_S = 13 * 3600,
    AMP_SETUP_S = 72 * 3600
};

enum amp_badge_kind {
    AMP_BADGE_SESSION,
    AMP_BADGE_TOKEN,
    AMP_BADGE_SETUP,
    AMP_BADGE_KINDS
};

struct amp_badge {
    uint8_t hash[AMP_SHA256];
    enum amp_badge_kind kind;
    char account[AMP_WORD_MAX + 1];
    char factor[AMP_WORD_MAX + 1]; /* how a session was opened */
    char label[AMP_BADGE_LABEL];   /* of a token */
    uint32_t may;                  /* what the scopes of a token let through; else all bits */
    char scopes[AMP_BADGE_LABEL];  /* of a token, with blanks between */
    int64_t made_us, seen_us, expires_us; /* expires_us 0: never */
};

struct amp_who { /* an account, as the state has it */
    char account[AMP_WORD_MAX + 1];
    char unit[AMP_WORD_MAX + 1]; /* of a crew; "" */
    enum amp_role role;
    uint32_t agency; /* its number in the state; 0: the whole service */
    bool disabled;
};

enum amp_identity_kind {
    AMP_IDENTITY_NOBODY,
    AMP_IDENTITY_BADGE, /* a session or a token */
    AMP_IDENTITY_OPEN,  /* a demo: whoever reaches it */
    AMP_IDENTITY_LOCAL, /* this program's own: in the process, or over the socket of its owner */
};

struct amp_identity {
    enum amp_identity_kind kind;
    struct amp_who who;
    uint32_t may; /* bits AMP_MAY */
    char badge[AMP_BADGE_ID];
    enum amp_badge_kind badge_kind;
    char factor[AMP_WORD_MAX + 1];
};

struct amp_identity amp_identity_local(void);
struct amp_identity amp_identity_open(void);

struct amp_directory;
AMP_MUST amp_err amp_directory_create(struct amp_directory **out);
void amp_directory_destroy(struct amp_directory *directory); /* accepts NULL */

/* The account is like this from now on. */
AMP_MUST amp_err amp_directory_who_set(struct amp_directory *directory, const struct amp_who *who);

AMP_MUST amp_err amp_directory_badge_add(struct amp_directory *directory,
                                         const struct amp_badge *badge);
bool amp_directory_badge_drop(struct amp_directory *directory, const uint8_t hash[AMP_SHA256]);
/* The hashes of badges of an account (NULL: of all) that have one of the kinds (bits 1 << kind). */
size_t amp_directory_badges(struct amp_directory *directory, const char *account, unsigned kinds,
                            struct amp_badge *out, size_t cap);
/* Those of the kinds that have expired. */
size_t amp_directory_expired(struct amp_directory *directory, unsigned kinds, int64_t now_us,
                             struct amp_badge *out, size_t cap);
/* The badge with this id; false if there is none. */
bool amp_directory_badge_by_id(struct amp_directory *directory, const char *id,
                               struct amp_badge *out);

/* Who shows `text` (a session's or a token's, as the client sent it) at this moment; notes that it
 * was seen. false: it is none, has expired, or its account is disabled. */
bool amp_directory_identify(struct amp_directory *directory, struct amp_str text, int64_t now_us,
                            struct amp_identity *out);
/* The badge of a set-up link, as it is shown. */
bool amp_directory_setup(struct amp_directory *directory, struct amp_str text, int64_t now_us,
                         struct amp_badge *out);

/* What is shown for secret bytes ("amp_" before a token's), and its hash. */
void amp_badge_text(enum amp_badge_kind kind, const uint8_t secret[AMP_KEY],
                    char out[AMP_BADGE_TEXT], uint8_t hash[AMP_SHA256]);
void amp_badge_id(const uint8_t hash[AMP_SHA256], char out[AMP_BADGE_ID]);

#endif
