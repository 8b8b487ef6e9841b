/*
 * What the memory store can do besides being a store: fail on demand, and be damaged by a test.
 */
#ifndef AMP_JOURNAL_MEMORY_H
#define AMP_JOURNAL_MEMORY_H

#include "journal/store.h"

struct amp_memory_fault {
    uint64_t at_append; /* the append that fails, counted from 1 since the fault was set; 0: none */
    amp_err err;        /* AMP_E_IN_DOUBT makes the store dead, another error only fails that one */
    bool keep;          /* the records are there all the same (a commit in doubt) */
};

/* store must come from amp_store_memory. */
void amp_store_memory_fault(struct amp_store *store, struct amp_memory_fault fault);
/* The stored record, its body and the head, to be altered. seq must be stored. */
struct amp_record *amp_store_memory_record(struct amp_store *store, uint64_t seq);
char *amp_store_memory_body(struct amp_store *store, uint64_t seq);
struct amp_head *amp_store_memory_head(struct amp_store *store);
/* The i-th node that was stored, from 0. */
struct amp_node *amp_store_memory_node(struct amp_store *store, size_t i);
/* Makes the record missing; the others keep their numbers. */
void amp_store_memory_drop(struct amp_store *store, uint64_t seq);

#endif
