/* The buckets of the crews on the road: sorted words in rooms of one pool. */
#include "map/units_in.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    POOL_FIRST = 1 << 12,
    SORT_FEW = 96, /* up to so many are sorted by insertion */
    DIGIT = 8,
    DIGITS = 1 << DIGIT
};

static uint32_t room_of(uint32_t class)
{
    return UINT32_C(2) << class;
}

static uint32_t class_for(size_t n)
{
    uint32_t class = 0;
    while (room_of(class) < n) {
        class ++;
    }
    return class;
}

static amp_err room_take(struct amp_buckets *buckets, uint32_t class, uint32_t *out)
{
    size_t need = buckets->pool_n + room_of(class);
    if (buckets->spare[class] != AMP_ROAD_NONE) {
        *out = buckets->spare[class];
        buckets->spare[class] = (uint32_t)buckets->pool[*out];
        return AMP_OK;
    }
    if (need > AMP_UNITS_MARKS) {
        return AMP_E_LIMIT;
    }
    if (need > buckets->pool_cap) {
        size_t cap = buckets->pool_cap == 0 ? POOL_FIRST : 2 * buckets->pool_cap;
        cap = cap < need ? need : cap;
        uint64_t *grown = realloc(buckets->pool, cap * sizeof(*grown));
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        buckets->pool = grown;
        buckets->pool_cap = cap;
    }
    *out = (uint32_t)buckets->pool_n;
    buckets->pool_n = need;
    return AMP_OK;
}

static void room_give(struct amp_buckets *buckets, uint32_t class, uint32_t first)
{
    buckets->pool[first] = buckets->spare[class];
    buckets->spare[class] = first;
}

static void rooms_forget(struct amp_buckets *buckets)
{
    buckets->pool_n = 0;
    buckets->marks = 0;
    for (int i = 0; i < AMP_BUCKET_CLASSES; i++) {
        buckets->spare[i] = AMP_ROAD_NONE;
    }
}

amp_err amp_buckets_init(struct amp_buckets *buckets, size_t node_n)
{
    *buckets = (struct amp_buckets){.of = calloc(node_n + 1, sizeof(*buckets->of))};
    rooms_forget(buckets);
    return buckets->of != NULL ? AMP_OK : AMP_E_NOMEM;
}

void amp_buckets_finish(struct amp_buckets *buckets)
{
    free(buckets->of);
    free(buckets->pool);
    *buckets = (struct amp_buckets){.of = NULL};
}

/* Where word stands or belongs. */
static uint32_t place_of(const uint64_t *list, uint32_t n, uint64_t word)
{
    uint32_t begin = 0, end = n;
    while (begin < end) {
        uint32_t mid = begin + (end - begin) / 2;
        if (list[mid] < word) {
            begin = mid + 1;
        } else {
            end = mid;
        }
    }
    return begin;
}

/* Another room for a bucket; its n words move there. */
static amp_err bucket_rehouse(struct amp_buckets *buckets, struct amp_bucket *bucket,
                              uint32_t class)
{
    uint32_t first = 0;
    amp_err err = room_take(buckets, class, &first);
    if (!err) {
        memcpy(&buckets->pool[first], &buckets->pool[bucket->first],
               bucket->n * sizeof(*buckets->pool));
        room_give(buckets, bucket->class, bucket->first);
        bucket->first = first;
        bucket->class = class & 31;
    }
    return err;
}

amp_err amp_buckets_put(struct amp_buckets *buckets, uint32_t node, uint64_t word)
{
    struct amp_bucket *bucket = &buckets->of[node];
    amp_err err = AMP_OK;
    if (bucket->n == 0) {
        err = room_take(buckets, 0, &bucket->first);
        bucket->class = 0;
    } else if (bucket->n == room_of(bucket->class)) {
        err = bucket_rehouse(buckets, bucket, bucket->class + 1);
    }
    if (err) {
        return err;
    }
    uint64_t *list = &buckets->pool[bucket->first];
    uint32_t at = place_of(list, bucket->n, word);
    memmove(list + at + 1, list + at, (bucket->n - at) * sizeof(*list));
    list[at] = word;
    bucket->n++;
    buckets->marks++;
    return AMP_OK;
}

void amp_buckets_remove(struct amp_buckets *buckets, uint32_t node, uint64_t word)
{
    struct amp_bucket *bucket = &buckets->of[node];
    uint64_t *list = &buckets->pool[bucket->first];
    uint32_t at = place_of(list, bucket->n, word);
    assert(at < bucket->n && list[at] == word);
    bucket->n--;
    memmove(list + at, list + at + 1, (bucket->n - at) * sizeof(*list));
    buckets->marks--;
    if (bucket->n == 0) {
        room_give(buckets, bucket->class, bucket->first);
    } else if (bucket->class > 0 && bucket->n <= room_of(bucket->class) / 4) {
        /* where there is no smaller room it keeps the one it has */
        (void)!bucket_rehouse(buckets, bucket, bucket->class - 1);
    }
}

/* ---- all at once ---- */

static void sort_few(uint64_t *list, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint64_t word = list[i];
        uint32_t at = i;
        for (; at > 0 && list[at - 1] > word; at--) {
            list[at] = list[at - 1];
        }
        list[at] = word;
    }
}

/* By digits, the lowest first; where all words have the same digit there is nothing to do. */
static void sort_many(uint64_t *list, uint64_t *other, uint32_t n)
{
    uint64_t differ = 0;
    uint64_t *from = list, *to = other;
    for (uint32_t i = 1; i < n; i++) {
        differ |= list[i] ^ list[0];
    }
    for (int shift = 0; shift < 64; shift += DIGIT) {
        uint32_t first[DIGITS] = {0};
        if (!(differ >> shift & (DIGITS - 1))) {
            continue;
        }
        for (uint32_t i = 0; i < n; i++) {
            first[from[i] >> shift & (DIGITS - 1)]++;
        }
        for (uint32_t d = 0, sum = 0; d < DIGITS; d++) {
            uint32_t here = first[d];
            first[d] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < n; i++) {
            to[first[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != list) {
        memcpy(list, from, n * sizeof(*list));
    }
}

static amp_err rooms_give_out(struct amp_buckets *buckets, const struct amp_anchor *anchor,
                              size_t anchor_n, uint32_t *most)
{
    for (size_t a = 0; a < anchor_n; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            struct amp_bucket *bucket = &buckets->of[anchor[a].mark[i].node];
            bucket->n++;
            *most = bucket->n > *most ? bucket->n : *most;
        }
    }
    for (size_t a = 0; a < anchor_n; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            struct amp_bucket *bucket = &buckets->of[anchor[a].mark[i].node];
            if (bucket->class != 31) {
                uint32_t class = class_for(bucket->n), first = 0;
                amp_err err = room_take(buckets, class, &first);
                if (err) {
                    return err;
                }
                bucket->class = 31; /* has its room; n counts down to where the next goes */
                bucket->first = first;
            }
        }
    }
    return AMP_OK;
}

amp_err amp_buckets_fill(struct amp_buckets *buckets, const struct amp_anchor *anchor,
                         size_t anchor_n)
{
    uint32_t most = 0;
    amp_err err = rooms_give_out(buckets, anchor, anchor_n, &most);
    uint64_t *other = calloc((size_t)most + 1, sizeof(*other));
    err = !err && other == NULL ? AMP_E_NOMEM : err;
    for (size_t a = 0; a < anchor_n && !err; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            const struct amp_mark *mark = &anchor[a].mark[i];
            struct amp_bucket *bucket = &buckets->of[mark->node];
            buckets->pool[bucket->first + --bucket->n] = (uint64_t)mark->time_ms << 32 | a;
            buckets->marks++;
        }
    }
    for (size_t a = 0; a < anchor_n && !err; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            buckets->of[anchor[a].mark[i].node].n++;
        }
    }
    for (size_t a = 0; a < anchor_n && !err; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            struct amp_bucket *bucket = &buckets->of[anchor[a].mark[i].node];
            if (bucket->class == 31) {
                bucket->class = class_for(bucket->n) & 31;
                uint64_t *list = &buckets->pool[bucket->first];
                if (bucket->n <= SORT_FEW) {
                    sort_few(list, bucket->n);
                } else {
                    sort_many(list, other, bucket->n);
                }
            }
        }
    }
    free(other);
    if (err) {
        amp_buckets_empty(buckets, anchor, anchor_n);
    }
    return err;
}

void amp_buckets_empty(struct amp_buckets *buckets, const struct amp_anchor *anchor,
                       size_t anchor_n)
{
    for (size_t a = 0; a < anchor_n; a++) {
        for (uint32_t i = 0; i < anchor[a].mark_n; i++) {
            buckets->of[anchor[a].mark[i].node] = (struct amp_bucket){.first = 0};
        }
    }
    rooms_forget(buckets);
}
