/*
 * Roots of any part of the tree from leaves and nodes; proofs and tiles made of them.
 *
 * A full subtree of 2^height leaves is hashed from the 2^(height mod 8) hashes of the level
 * height / 8 under it, so no root of a subtree costs more than 128 hashes to read.
 */
#include "journal/tree.h"

#include "journal/merkle.h"

#include <assert.h>
#include <string.h>

enum {
    TILE_HEIGHT = 8
};

static uint64_t bit(unsigned height)
{
    return UINT64_C(1) << height;
}

/* The root of leaves [index * 2^height, (index + 1) * 2^height). */
static amp_err subtree_root(struct amp_store *store, unsigned height, uint64_t index,
                            uint8_t out[AMP_HASH], struct amp_why *why)
{
    uint8_t hash[AMP_TILE / 2 * AMP_HASH];
    unsigned level = height / TILE_HEIGHT, up = height % TILE_HEIGHT;
    size_t n = (size_t)1 << up;
    amp_err err = level == 0 ? store->ops->leaves(store, index * n + 1, n, hash, why)
                             : store->ops->nodes(store, level, index * n, n, hash, why);
    if (!err) {
        amp_merkle_reduce(hash, up, out);
    }
    return err;
}

/* The full subtrees of leaves [start, end), largest first; start must be a multiple of the
 * largest. */
static amp_err range_at(struct amp_store *store, uint64_t start, uint64_t end,
                        struct amp_merkle *out, struct amp_why *why)
{
    uint64_t size = end - start, at = start;
    size_t n = 0;
    for (unsigned height = 63; height-- > 0;) {
        if (size & bit(height)) {
            amp_err err = subtree_root(store, height, at >> height, out->node[n++], why);
            if (err) {
                return err;
            }
            at += bit(height);
        }
    }
    out->size = size;
    return AMP_OK;
}

/* MTH(D[start:end]) of section 2.1. */
static amp_err range_root(struct amp_store *store, uint64_t start, uint64_t end,
                          uint8_t out[AMP_HASH], struct amp_why *why)
{
    struct amp_merkle tree;
    amp_err err = range_at(store, start, end, &tree, why);
    if (!err) {
        amp_merkle_root(&tree, out);
    }
    return err;
}

static amp_err size_check(struct amp_store *store, uint64_t size, struct amp_why *why)
{
    struct amp_head head;
    amp_err err = store->ops->head(store, &head, why);
    if (!err && size > head.size) {
        err = amp_fail(why, AMP_E_RANGE, "the log has %llu records, not %llu",
                       (unsigned long long)head.size, (unsigned long long)size);
    }
    return err;
}

amp_err amp_tree_at(struct amp_store *store, uint64_t size, struct amp_merkle *out,
                    struct amp_why *why)
{
    amp_err err = size_check(store, size, why);
    return err ? err : range_at(store, 0, size, out, why);
}

amp_err amp_tree_root(struct amp_store *store, uint64_t size, uint8_t out[AMP_HASH],
                      struct amp_why *why)
{
    amp_err err = size_check(store, size, why);
    return err ? err : range_root(store, 0, size, out, why);
}

/* PATH(m, D[n]) of section 2.1.1 from the leaf upwards: at each height the sibling is a full
 * subtree, or, once at the right edge, what is left of the tree. */
amp_err amp_tree_inclusion(struct amp_store *store, uint64_t index, uint64_t size,
                           struct amp_proof *out, struct amp_why *why)
{
    struct amp_proof proof = {.n = 0};
    amp_err err = size_check(store, size, why);
    if (!err && index >= size) {
        err = amp_fail(why, AMP_E_RANGE, "there is no record %llu among %llu",
                       (unsigned long long)index + 1, (unsigned long long)size);
    }
    if (err) {
        return err;
    }
    uint64_t at = index, last = size - 1;
    for (unsigned height = 0; !err && last > 0; height++, at >>= 1, last >>= 1) {
        if (at & 1 || at + 1 < last) {
            err = subtree_root(store, height, at ^ 1, proof.hash[proof.n++], why);
        } else if (at < last) {
            err = range_root(store, last << height, size, proof.hash[proof.n++], why);
        }
    }
    if (!err) {
        *out = proof;
    }
    return err;
}

static uint64_t split_of(uint64_t n)
{
    assert(n > 1);
    return bit(63U - (unsigned)__builtin_clzll(n - 1)); /* the largest power of two below n */
}

/* SUBPROOF(m, D[n], b) of section 2.1.2, descending; what it appends on the way back is kept and
 * turned round. */
amp_err amp_tree_consistency(struct amp_store *store, uint64_t size1, uint64_t size2,
                             struct amp_proof *out, struct amp_why *why)
{
    struct amp_proof proof = {.n = 0};
    amp_err err = size_check(store, size2, why);
    if (!err && size1 > size2) {
        err = amp_fail(why, AMP_E_RANGE, "a tree of %llu does not follow one of %llu",
                       (unsigned long long)size2, (unsigned long long)size1);
    }
    if (err) {
        return err;
    }
    if (size1 == 0 || size1 == size2) {
        *out = proof;
        return AMP_OK;
    }
    uint64_t low = 0, high = size2;
    bool whole = true;
    while (!err && size1 < high) {
        uint64_t split = low + split_of(high - low);
        if (size1 <= split) {
            err = range_root(store, split, high, proof.hash[proof.n++], why);
            high = split;
        } else {
            err = range_root(store, low, split, proof.hash[proof.n++], why);
            low = split;
            whole = false;
        }
    }
    if (!err && !whole) {
        err = range_root(store, low, high, proof.hash[proof.n++], why);
    }
    if (!err) {
        for (size_t i = 0; i < proof.n; i++) {
            memcpy(out->hash[i], proof.hash[proof.n - 1 - i], AMP_HASH);
        }
        out->n = proof.n;
    }
    return err;
}

/* ---- tiles ---- */

unsigned amp_tile_width(uint64_t size, unsigned level, uint64_t index)
{
    if (level > AMP_NODE_LEVELS || index > UINT64_MAX / AMP_TILE) {
        return 0;
    }
    uint64_t n = size >> (TILE_HEIGHT * level), start = index * AMP_TILE;
    uint64_t left = n > start ? n - start : 0;
    return left < AMP_TILE ? (unsigned)left : AMP_TILE;
}

static amp_err tile_check(struct amp_store *store, uint64_t size, unsigned level, uint64_t index,
                          unsigned width, struct amp_why *why)
{
    amp_err err = size_check(store, size, why);
    if (!err && (width == 0 || width > amp_tile_width(size, level, index))) {
        err =
            amp_fail(why, AMP_E_RANGE, "a tree of %llu has no such tile", (unsigned long long)size);
    }
    return err;
}

amp_err amp_tree_tile(struct amp_store *store, uint64_t size, unsigned level, uint64_t index,
                      unsigned width, struct amp_buf *out, struct amp_why *why)
{
    uint8_t hash[AMP_TILE * AMP_HASH];
    amp_err err = tile_check(store, size, level, index, width, why);
    if (!err) {
        uint64_t first = index * AMP_TILE;
        err = level == 0 ? store->ops->leaves(store, first + 1, width, hash, why)
                         : store->ops->nodes(store, level, first, width, hash, why);
    }
    if (!err) {
        amp_buf_put(out, hash, (size_t)width * AMP_HASH);
        err = amp_buf_err(out);
    }
    return err;
}

static amp_err entry_put(void *ctx, const struct amp_record *record)
{
    struct amp_buf *out = ctx;
    uint8_t entry[2 + AMP_ENTRY] = {0, AMP_ENTRY};
    amp_entry_make(record->salt, record->body, entry + 2);
    amp_buf_put(out, entry, sizeof entry);
    return amp_buf_err(out);
}

amp_err amp_tree_entries(struct amp_store *store, uint64_t size, uint64_t index, unsigned width,
                         struct amp_buf *out, struct amp_why *why)
{
    amp_err err = tile_check(store, size, 0, index, width, why);
    uint64_t first = index * AMP_TILE + 1;
    return err ? err : store->ops->read(store, first, first + width - 1, out, entry_put, why);
}

/* ---- checks ---- */

amp_err amp_inclusion_check(const uint8_t leaf[AMP_HASH], uint64_t index, uint64_t size,
                            const struct amp_proof *proof, const uint8_t root[AMP_HASH])
{
    uint8_t r[AMP_HASH];
    if (index >= size || proof->n > 64) {
        return AMP_E_RANGE;
    }
    uint64_t fn = index, sn = size - 1;
    memcpy(r, leaf, AMP_HASH);
    for (size_t i = 0; i < proof->n; i++) {
        if (sn == 0) {
            return AMP_E_CONFLICT;
        }
        if (fn & 1 || fn == sn) {
            amp_merkle_pair(proof->hash[i], r, r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            amp_merkle_pair(r, proof->hash[i], r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(r, root, AMP_HASH) == 0 ? AMP_OK : AMP_E_CONFLICT;
}

/* Steps 3 to 6 of section 2.1.4.2; a power of two begins with its own root. */
static amp_err consistency_walk(uint64_t size1, uint64_t size2, const struct amp_proof *proof,
                                const uint8_t root1[AMP_HASH], const uint8_t root2[AMP_HASH])
{
    uint8_t fr[AMP_HASH], sr[AMP_HASH];
    uint64_t fn = size1 - 1, sn = size2 - 1;
    size_t i = 0;
    bool power = (size1 & (size1 - 1)) == 0;
    if (!power && proof->n == 0) {
        return AMP_E_CONFLICT;
    }
    for (; fn & 1; fn >>= 1) {
        sn >>= 1;
    }
    memcpy(fr, power ? root1 : proof->hash[i++], AMP_HASH);
    memcpy(sr, fr, AMP_HASH);
    for (; i < proof->n; i++) {
        if (sn == 0) {
            return AMP_E_CONFLICT;
        }
        if (fn & 1 || fn == sn) {
            amp_merkle_pair(proof->hash[i], fr, fr);
            amp_merkle_pair(proof->hash[i], sr, sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            amp_merkle_pair(sr, proof->hash[i], sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    bool good = sn == 0 && memcmp(fr, root1, AMP_HASH) == 0 && memcmp(sr, root2, AMP_HASH) == 0;
    return good ? AMP_OK : AMP_E_CONFLICT;
}

amp_err amp_consistency_check(uint64_t size1, uint64_t size2, const struct amp_proof *proof,
                              const uint8_t root1[AMP_HASH], const uint8_t root2[AMP_HASH])
{
    if (size1 == 0 || size1 > size2 || proof->n > 64) {
        return AMP_E_RANGE;
    }
    if (size1 == size2) {
        bool good = proof->n == 0 && memcmp(root1, root2, AMP_HASH) == 0;
        return good ? AMP_OK : AMP_E_CONFLICT;
    }
    return proof->n == 0 ? AMP_E_CONFLICT : consistency_walk(size1, size2, proof, root1, root2);
}
