/* Building the word index of places: tokens, postings, lists for short prefixes. Inside of places.
 */
#ifndef AMP_MAP_PLACES_INDEX_H
#define AMP_MAP_PLACES_INDEX_H

#include "map/places_draft.h"

struct amp_pl_index {
    struct amp_buf spelling, word, token, post, top, top_id; /* as in the sections */
    struct amp_buf bag, del, phon, same, same_local, bag_local, local_top, local_cell, local;
    struct amp_buf slot; /* uint32_t: hash table of tokens */
    struct amp_buf text; /* grows by the tokens' texts */
    size_t token_n;
};

/* text starts as the texts of the places (moved in, owned by the index from then on). */
struct amp_pl_index amp_pl_index_make(struct amp_buf text);
void amp_pl_index_free(struct amp_pl_index *index);
/* In the order of places. */
void amp_pl_index_add(struct amp_pl_index *index, uint32_t place, uint32_t text,
                      const struct amp_folded *folded);
/* rec are the finished places of the spellings. */
AMP_MUST amp_err amp_pl_index_finish(struct amp_pl_index *index, const struct amp_pl_rec *rec,
                                     size_t rec_n);
/* Inside: bytes of the first `points` letters, 0 if there are fewer or they are too long. */
size_t amp_pl_prefix_len(const char *text, int points);
/* Inside: what finds whole names, mistyped words and neighbours. places is the index so far. */
AMP_MUST amp_err amp_pl_index_more(struct amp_pl_index *index, const struct amp_places *places);

#endif
