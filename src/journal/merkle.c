/*
 * RFC 6962 section 2.1: leaf hashes, and the root of a growing list of them.
 *
 * Invariant: tree->node holds one root for each bit set in tree->size, largest subtree first. That
 * is the split of section 2.1 ("the largest power of two smaller than n") carried out from the
 * left.
 *
 * OpenSSL's older names are used on purpose: they hash on the stack, cannot fail, and take half
 * the time of a reused EVP context for pieces this small (65 bytes: 120 ns against 240).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "journal/merkle.h"

#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

enum {
    TILE_HEIGHT = 8,
    ENTRY_KIND = 0x01
};

static void digest(const void *data, size_t len, uint8_t out[AMP_HASH])
{
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, data, len);
    SHA256_Final(out, &ctx);
}

/* MTH({d}) = SHA-256(0x00 || d) */
void amp_merkle_leaf(struct amp_str entry, uint8_t out[AMP_HASH])
{
    const uint8_t kind = 0x00;
    SHA256_CTX ctx;
    SHA256_Init(&ctx);
    SHA256_Update(&ctx, &kind, 1);
    SHA256_Update(&ctx, entry.ptr, entry.len);
    SHA256_Final(out, &ctx);
}

void amp_merkle_pair(const uint8_t left[AMP_HASH], const uint8_t right[AMP_HASH],
                     uint8_t out[AMP_HASH])
{
    uint8_t both[1 + 2 * AMP_HASH] = {0x01};
    memcpy(both + 1, left, AMP_HASH);
    memcpy(both + 1 + AMP_HASH, right, AMP_HASH);
    digest(both, sizeof both, out);
}

void amp_entry_make(const uint8_t salt[AMP_SALT], struct amp_str body, uint8_t out[AMP_ENTRY])
{
    uint8_t both[AMP_SALT + AMP_HASH];
    memcpy(both, salt, AMP_SALT);
    digest(body.ptr, body.len, both + AMP_SALT);
    out[0] = ENTRY_KIND;
    digest(both, sizeof both, out + 1);
}

void amp_merkle_leaf_of(const uint8_t salt[AMP_SALT], struct amp_str body, uint8_t out[AMP_HASH])
{
    uint8_t entry[1 + AMP_ENTRY] = {0x00};
    amp_entry_make(salt, body, entry + 1);
    digest(entry, sizeof entry, out);
}

size_t amp_merkle_join(struct amp_merkle *tree, unsigned height, const uint8_t root[AMP_HASH],
                       struct amp_node out[AMP_NODE_LEVELS])
{
    assert(height < 62 && tree->size < (uint64_t)INT64_MAX - (UINT64_C(1) << height));
    assert((tree->size & ((UINT64_C(1) << height) - 1)) == 0);
    unsigned first = height;
    size_t top = (size_t)__builtin_popcountll(tree->size), n = 0;
    uint64_t size = tree->size >> height;
    memcpy(tree->node[top], root, AMP_HASH);
    for (;; size >>= 1, height++, top--) {
        if (height > 0 && height % TILE_HEIGHT == 0 && n < AMP_NODE_LEVELS) {
            out[n].level = height / TILE_HEIGHT;
            out[n].index = size;
            memcpy(out[n++].hash, tree->node[top], AMP_HASH);
        }
        if ((size & 1) == 0) {
            break;
        }
        amp_merkle_pair(tree->node[top - 1], tree->node[top], tree->node[top - 1]);
    }
    tree->size += UINT64_C(1) << first;
    return n;
}

void amp_merkle_add(struct amp_merkle *tree, const uint8_t leaf[AMP_HASH])
{
    struct amp_node ignored[AMP_NODE_LEVELS];
    (void)amp_merkle_join(tree, 0, leaf, ignored);
}

void amp_merkle_reduce(uint8_t *hash, unsigned height, uint8_t out[AMP_HASH])
{
    for (size_t n = (size_t)1 << height; n > 1; n /= 2) {
        for (size_t i = 0; i < n; i += 2) {
            amp_merkle_pair(hash + i * AMP_HASH, hash + (i + 1) * AMP_HASH,
                            hash + i / 2 * AMP_HASH);
        }
    }
    memmove(out, hash, AMP_HASH);
}

void amp_merkle_root(const struct amp_merkle *tree, uint8_t out[AMP_HASH])
{
    size_t count = (size_t)__builtin_popcountll(tree->size);
    if (count == 0) { /* MTH({}) = SHA-256() */
        digest("", 0, out);
        return;
    }
    uint8_t root[AMP_HASH];
    memcpy(root, tree->node[count - 1], AMP_HASH);
    for (size_t i = count - 1; i > 0; i--) {
        amp_merkle_pair(tree->node[i - 1], root, root);
    }
    memcpy(out, root, AMP_HASH);
}
