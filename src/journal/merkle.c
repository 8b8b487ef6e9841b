/*
 * RFC 6962 section 2.1: leaf hashes, and the root of a growing list of them.
 *
 * Invariant: tree->node holds one root for each bit set in tree->size, largest subtree first. That
 * is the split of section 2.1 ("the largest power of two smaller than n") carried out from the
 * left.
 */
#include "journal/merkle.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct amp_hasher {
    EVP_MD *sha256;
    EVP_MD_CTX *ctx;
};

amp_err amp_hasher_create(struct amp_hasher **out)
{
    struct amp_hasher *hasher = calloc(1, sizeof *hasher);
    if (!hasher) {
        return AMP_E_NOMEM;
    }
    hasher->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->ctx = EVP_MD_CTX_new();
    if (!hasher->sha256 || !hasher->ctx ||
        EVP_DigestInit_ex2(hasher->ctx, hasher->sha256, NULL) != 1) {
        amp_hasher_destroy(hasher);
        return AMP_E_NOMEM;
    }
    *out = hasher;
    return AMP_OK;
}

void amp_hasher_destroy(struct amp_hasher *hasher)
{
    if (hasher) {
        EVP_MD_CTX_free(hasher->ctx);
        EVP_MD_free(hasher->sha256);
        free(hasher);
    }
}

/* SHA-256 of one byte of kind and up to two parts. A digest that was set up cannot fail. */
static void digest(struct amp_hasher *hasher, uint8_t kind, struct amp_str a, struct amp_str b,
                   uint8_t out[AMP_HASH])
{
    int good = EVP_DigestInit_ex2(hasher->ctx, NULL, NULL);
    good &= EVP_DigestUpdate(hasher->ctx, &kind, 1);
    good &= EVP_DigestUpdate(hasher->ctx, a.ptr, a.len);
    good &= EVP_DigestUpdate(hasher->ctx, b.ptr, b.len);
    good &= EVP_DigestFinal_ex(hasher->ctx, out, NULL);
    assert(good == 1);
}

/* MTH({d}) = SHA-256(0x00 || d) */
void amp_hasher_leaf(struct amp_hasher *hasher, struct amp_str body, uint8_t out[AMP_HASH])
{
    digest(hasher, 0x00, body, (struct amp_str){.ptr = NULL, .len = 0}, out);
}

/* SHA-256(0x01 || left || right); out may be left or right. The 65 bytes go in as one piece. */
static void node_hash(struct amp_hasher *hasher, const uint8_t left[AMP_HASH],
                      const uint8_t right[AMP_HASH], uint8_t out[AMP_HASH])
{
    char both[2 * AMP_HASH];
    memcpy(both, left, AMP_HASH);
    memcpy(both + AMP_HASH, right, AMP_HASH);
    digest(hasher, 0x01, (struct amp_str){.ptr = both, .len = sizeof both},
           (struct amp_str){.ptr = NULL, .len = 0}, out);
}

void amp_hasher_add(struct amp_hasher *hasher, struct amp_merkle *tree,
                    const uint8_t leaf[AMP_HASH])
{
    assert(tree->size < INT64_MAX); /* so there are never more than 63 subtrees and a leaf */
    size_t top = (size_t)__builtin_popcountll(tree->size);
    memcpy(tree->node[top], leaf, AMP_HASH);
    for (uint64_t size = tree->size; size & 1; size >>= 1, top--) {
        node_hash(hasher, tree->node[top - 1], tree->node[top], tree->node[top - 1]);
    }
    tree->size++;
}

void amp_hasher_root(struct amp_hasher *hasher, const struct amp_merkle *tree,
                     uint8_t out[AMP_HASH])
{
    size_t count = (size_t)__builtin_popcountll(tree->size);
    if (count == 0) { /* MTH({}) = SHA-256() */
        int good = EVP_DigestInit_ex2(hasher->ctx, NULL, NULL);
        good &= EVP_DigestFinal_ex(hasher->ctx, out, NULL);
        assert(good == 1);
        return;
    }
    uint8_t root[AMP_HASH];
    memcpy(root, tree->node[count - 1], AMP_HASH);
    for (size_t i = count - 1; i > 0; i--) {
        node_hash(hasher, tree->node[i - 1], root, root);
    }
    memcpy(out, root, AMP_HASH);
}

static struct amp_hasher *hasher_or_stop(void)
{
    struct amp_hasher *hasher = NULL;
    amp_err err = amp_hasher_create(&hasher);
    if (err) {
        abort(); /* the callers below have no way to say that memory is out */
    }
    return hasher;
}

void amp_merkle_leaf(struct amp_str body, uint8_t out[AMP_HASH])
{
    struct amp_hasher *hasher = hasher_or_stop();
    amp_hasher_leaf(hasher, body, out);
    amp_hasher_destroy(hasher);
}

void amp_merkle_add(struct amp_merkle *tree, const uint8_t leaf[AMP_HASH])
{
    struct amp_hasher *hasher = hasher_or_stop();
    amp_hasher_add(hasher, tree, leaf);
    amp_hasher_destroy(hasher);
}

void amp_merkle_root(const struct amp_merkle *tree, uint8_t out[AMP_HASH])
{
    struct amp_hasher *hasher = hasher_or_stop();
    amp_hasher_root(hasher, tree, out);
    amp_hasher_destroy(hasher);
}
