/*
 * How often a client may ask: a bucket of tokens for each.
 *
 * A bucket holds at most `burst` tokens, gains `rate_per_s` of them each second, and each request
 * takes one. Pure; one thread; time comes as an argument, and a clock that goes back locks nobody
 * out. Who was not seen longest is forgotten, and begins again with a full bucket: make the
 * table larger than the number of clients that are seen in burst / rate_per_s seconds. Source: the
 * generic cell rate algorithm, ITU-T I.371, which keeps one number for each bucket.
 */
#ifndef AMP_SERVER_LIMIT_H
#define AMP_SERVER_LIMIT_H

#include "server/keyed.h"

struct amp_limit;

AMP_MUST amp_err amp_limit_create(size_t clients, struct amp_limit **out);
void amp_limit_destroy(struct amp_limit *limit); /* accepts NULL */

/* False: too often; in *retry_us (may be NULL) there is a token again. The rate is above 0 and at
 * most a million a second, the burst 1 to a million. A refusal costs nothing. */
bool amp_limit_take(struct amp_limit *limit, uint64_t key, int64_t now_us, double rate_per_s,
                    double burst, int64_t *retry_us);

#endif
