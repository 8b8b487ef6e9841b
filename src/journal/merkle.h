/*
 * The steps of the tree for those who build it fast: nodes on the way, whole subtrees at once.
 */
#ifndef AMP_JOURNAL_MERKLE_H
#define AMP_JOURNAL_MERKLE_H

#include "journal/journal.h"

/* SHA-256(0x01 || left || right); out may be left or right. */
void amp_merkle_pair(const uint8_t left[AMP_HASH], const uint8_t right[AMP_HASH],
                     uint8_t out[AMP_HASH]);
/* The leaf of a record, from its salt and body. */
void amp_merkle_leaf_of(const uint8_t salt[AMP_SALT], struct amp_str body, uint8_t out[AMP_HASH]);
/* Adds the root of a full subtree of 2^height leaves; the size must be a multiple of 2^height.
 * Writes the nodes that this completes (at most AMP_NODE_LEVELS) and returns how many. A node that
 * is the subtree itself is among them; smaller ones inside it are not. */
size_t amp_merkle_join(struct amp_merkle *tree, unsigned height, const uint8_t root[AMP_HASH],
                       struct amp_node out[AMP_NODE_LEVELS]);
/* The root of 2^height hashes at `hash`, which is used up. */
void amp_merkle_reduce(uint8_t *hash, unsigned height, uint8_t out[AMP_HASH]);

#endif
