/*
 * Keys: the master key, and the keys of incidents that it wraps.
 *
 * Each incident has 32 random bytes, kept in the store as the secret "key/000000000012", sealed
 * under the master key, which is never in the database. Number 0 is the service's own, for free
 * text of events without an incident. Destroying an incident's key (a removed secret) erases its
 * personal data wherever it was sealed. Any thread may ask; the core makes and drops.
 */
#ifndef AMP_SERVER_KEYS_H
#define AMP_SERVER_KEYS_H

#include "base/crypto.h"
#include "journal/store.h"
#include "model/event.h"

enum {
    AMP_KEYS_NAME = 24 /* "key/" and twelve digits, and the end */
};

struct amp_keys;

/* Opens its own reader on the store. AMP_E_FORBIDDEN when the master key is not the one that the
 * store's secrets were sealed with. */
AMP_MUST amp_err amp_keys_open(struct amp_store *store, const uint8_t master[AMP_KEY],
                               struct amp_keys **out, struct amp_why *why);
void amp_keys_close(struct amp_keys *keys); /* wipes; accepts NULL */
/* What has to be stored before anything is sealed: the check of the master key. false: it is
 * there. */
bool amp_keys_check_needed(const struct amp_keys *keys);
void amp_keys_check_write(struct amp_keys *keys, struct amp_buf *out);
extern const char amp_keys_check_name[];

/* Seals and opens other small secrets under the master key; `name` is bound to them. */
void amp_keys_wrap(struct amp_keys *keys, struct amp_str name, struct amp_str plain,
                   struct amp_buf *out);
AMP_MUST amp_err amp_keys_unwrap(struct amp_keys *keys, struct amp_str name, struct amp_str sealed,
                                 struct amp_buf *out);
/* The same with the secret of that name in the store. AMP_E_NOT_FOUND. */
AMP_MUST amp_err amp_keys_read(struct amp_keys *keys, struct amp_str name, struct amp_buf *out,
                               struct amp_why *why);

/* A fresh key: known here at once; the wrapped form has to be stored with the incident's first
 * record. */
void amp_keys_make(struct amp_keys *keys, struct amp_incident_id id, struct amp_buf *wrapped);
void amp_keys_drop(struct amp_keys *keys, struct amp_incident_id id);
/* AMP_E_NOT_FOUND: there is none (any more). AMP_E_NOMEM and the like: it could not be looked up.
 */
AMP_MUST amp_err amp_keys_get(struct amp_keys *keys, struct amp_incident_id id,
                              uint8_t out[AMP_KEY]);
void amp_keys_name(struct amp_incident_id id, char out[AMP_KEYS_NAME]);

struct amp_sealer amp_keys_sealer(struct amp_keys *keys);

#endif
