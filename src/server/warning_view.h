/* What the files about warnings to the public share. On the core's thread. */
#ifndef AMP_SERVER_WARNING_VIEW_H
#define AMP_SERVER_WARNING_VIEW_H

#include "intake/warning.h"
#include "server/inside.h"

#define AMP_WARNING_CAP_TYPE "application/cap+xml; charset=utf-8"

/* What a warning of this number about that one would be issued with now. */
struct amp_warning_order amp_warning_order_make(const struct amp_server *server, uint32_t number,
                                                uint32_t about);
/* "problem": which rule it breaks if it were issued now, or null. */
void amp_warning_problem_put(struct amp_json *js, const struct amp_server *server, uint32_t number,
                             const struct amp_warning_draft *draft, struct amp_arena *arena);

/* warning_feed.c */
void amp_warning_feed_free(struct amp_warning_feed *feed); /* accepts NULL */

#endif
