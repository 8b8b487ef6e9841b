/*
 * The administrative areas of the map in force, for alerts that name areas by codes.
 *
 * Finding a name looks at all areas of the map, so what was found is remembered while that map is
 * in force, and of what is not yet known a request asks for a few only: the others have their place
 * at the next. On the core's thread.
 */
#ifndef AMP_SERVER_ALERT_MAP_H
#define AMP_SERVER_ALERT_MAP_H

#include "intake/alert.h"

enum {
    AMP_ALERT_NAMES = 1024,   /* remembered */
    AMP_ALERT_NAMES_NEW = 64, /* looked for in one request */
    AMP_ALERT_RING = 400,     /* points of a ring as it is drawn */
    AMP_ALERT_BORDER = 1600   /* of all rings of an area, the longest first */
};

struct amp_server;
struct amp_alert_names; /* what is remembered */

struct amp_alert_asking { /* one request */
    struct amp_server *server;
    size_t left;
};

AMP_MUST amp_err amp_alert_names_start(struct amp_server *server);
void amp_alert_names_close(struct amp_alert_names *names); /* accepts NULL */
struct amp_alert_asking amp_alert_asking(struct amp_server *server);
struct amp_alert_map amp_alert_map(struct amp_alert_asking *asking); /* asking must outlive it */

#endif
