/*
 * Links that callers are sent: their tokens, how they get into a text, and the porter.
 *
 * A token is 144 random bits. The record and the state have its hash alone. So that a text can be
 * handed to the gateway, also after a restart, the token waits as a secret of the store, wrapped
 * under the master key, and is removed when the text has left or will not leave, and when the link
 * is over. The text in the record says {link} in its place.
 *
 * The phone that takes a link has random bits of its own in a cookie; their hash, bound to the
 * token, is the holder. On the core's thread.
 */
#ifndef AMP_SERVER_LINK_H
#define AMP_SERVER_LINK_H

#include "server/inside.h"

enum {
    AMP_LINK_BITS = 18,        /* bytes of a token, and of what a phone has */
    AMP_LINK_TOKEN = 25,       /* their text, and its end */
    AMP_LINK_HASH = 33,        /* text of a hash, and its end */
    AMP_LINK_TAKE_S = 30 * 60, /* to tap on it */
    AMP_LINK_SHARE_S = 7200,   /* to share, from the tap on */
    AMP_LINK_GAP_US = 2000000, /* positions come no faster */
    AMP_LINK_URL_MAX = 200     /* bytes of the address before the token */
};

void amp_link_token(char out[AMP_LINK_TOKEN]);
void amp_link_hash(struct amp_str token, char out[AMP_LINK_HASH]);
void amp_link_holder(struct amp_str token, struct amp_str phone, char out[AMP_LINK_HASH]);
/* The link with this token, or NULL. */
const struct amp_invite *amp_link_find(const struct amp_state *state, struct amp_str token);
bool amp_link_is_holder(const struct amp_invite *link, struct amp_str token, struct amp_str phone);

/* Where callers reach this server: "https://sos.example.org"; false: nobody said. */
bool amp_link_base(const struct amp_server *server, char out[AMP_LINK_URL_MAX + 1]);
/* The token of the next link becomes a secret of the job. */
AMP_MUST amp_err amp_link_keep(struct amp_server *server, struct amp_job *job, const char *token);
/* What a text says once the link is in it. AMP_E_NOT_FOUND: the link is over. */
AMP_MUST amp_err amp_link_words(struct amp_server *server, uint32_t text, struct amp_buf *out);
/* A token whose use is over is removed with the event that ends it. */
AMP_MUST amp_err amp_link_event(struct amp_server *server, struct amp_job *job,
                                const struct amp_event *event);
void amp_link_tick(struct amp_server *server); /* sweeps the folder of media when something ended */

/* What came with a request to the page: in the arena, as job->data. */
struct amp_caller {
    struct amp_str phone; /* of its cookie, or fresh */
    bool fresh;
    unsigned language; /* of caller_words.h */
};
AMP_MUST amp_err amp_caller_fields(struct amp_job *job, const struct amp_request *rq);

#endif
