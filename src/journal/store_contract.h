/*
 * The contract of store.h as tests: every store runs them.
 *
 * Rows in the table of a store's own test: STORE_CONTRACT(&kind), STORE_CONTRACT_LASTING(&kind).
 */
#ifndef AMP_JOURNAL_STORE_CONTRACT_H
#define AMP_JOURNAL_STORE_CONTRACT_H

#include "journal/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct store_kind {
    void (*begin)(void);                                          /* a new, empty place */
    amp_err (*open)(struct amp_store **out, struct amp_why *why); /* the place, to write */
    void (*end)(void);                                            /* removes the place */
};

void an_empty_store_has_the_empty_root(void **state);
void what_was_appended_is_read_back_in_order(void **state);
void the_smallest_and_the_largest_record_fit(void **state);
void the_largest_batch_is_whole(void **state);
void a_record_that_is_not_there_is_named(void **state);
void reading_stops_when_the_visitor_says_so(void **state);
void leaves_and_nodes_are_read_in_runs(void **state);
void secrets_are_what_was_last_put_and_removed(void **state);
void the_same_name_twice_in_a_batch_is_applied_in_order(void **state);
void a_secret_that_no_store_takes_is_refused(void **state);
void readers_in_other_threads_see_whole_commits(void **state);
void secrets_last_when_opened_again(void **state);
void a_lasting_store_is_the_same_when_opened_again(void **state);

#define STORE_CONTRACT_ROW(test, kind)                                                             \
    {                                                                                              \
#test, test, NULL, NULL, (kind)                                                            \
    }
#define STORE_CONTRACT(kind)                                                                       \
    STORE_CONTRACT_ROW(an_empty_store_has_the_empty_root, kind),                                   \
        STORE_CONTRACT_ROW(what_was_appended_is_read_back_in_order, kind),                         \
        STORE_CONTRACT_ROW(the_smallest_and_the_largest_record_fit, kind),                         \
        STORE_CONTRACT_ROW(the_largest_batch_is_whole, kind),                                      \
        STORE_CONTRACT_ROW(a_record_that_is_not_there_is_named, kind),                             \
        STORE_CONTRACT_ROW(reading_stops_when_the_visitor_says_so, kind),                          \
        STORE_CONTRACT_ROW(leaves_and_nodes_are_read_in_runs, kind),                               \
        STORE_CONTRACT_ROW(secrets_are_what_was_last_put_and_removed, kind),                       \
        STORE_CONTRACT_ROW(the_same_name_twice_in_a_batch_is_applied_in_order, kind),              \
        STORE_CONTRACT_ROW(a_secret_that_no_store_takes_is_refused, kind),                         \
        STORE_CONTRACT_ROW(readers_in_other_threads_see_whole_commits, kind)
/* For a store that outlives its closing. */
#define STORE_CONTRACT_LASTING(kind)                                                               \
    STORE_CONTRACT_ROW(a_lasting_store_is_the_same_when_opened_again, kind),                       \
        STORE_CONTRACT_ROW(secrets_last_when_opened_again, kind)

#endif
