/*
 * Fleet: positions of vehicles from the wire. One file a format, one row.
 *
 * A parser turns bytes into reports: a unit's call sign and where it was, when. Reports that cannot
 * be (a latitude of 95) are refused one by one, the rest of a batch goes on. Nothing here is
 * journaled: positions are state (model/track.h). Texts live in the arena.
 */
#ifndef AMP_FLEET_FLEET_H
#define AMP_FLEET_FLEET_H

#include "base/arena.h"
#include "fleet/filter.h"
#include "model/event.h"
#include "model/track.h"

enum {
    AMP_FLEET_BATCH = 10000,
    AMP_FLEET_BYTES = 4 << 20
};

enum amp_fleet_alarm { /* a crew's own call for help */
    AMP_FLEET_ALARM_NONE,
    AMP_FLEET_ALARM_SOS, /* its button */
    AMP_FLEET_ALARM_FALL,
    AMP_FLEET_ALARM_COLLISION,
    AMP_FLEET_ALARM_EMERGENCY, /* the words of TAK clients */
    AMP_FLEET_ALARM_ATTENTION,
    AMP_FLEET_ALARM_ATTACK,
    AMP_FLEET_ALARMS
};

struct amp_fleet_report {
    struct amp_str unit;
    struct amp_position position; /* fix_us is now_us where the message has no time */
    amp_err err;                  /* not AMP_OK: this report is refused */
    struct amp_str detail;        /* why */
    enum amp_fleet_reason reason; /* the same as the filter counts it; AMP_FLEET_TAKEN with an err
                                   * means AMP_FLEET_UNREADABLE */
    bool unnamed;                 /* refused for its name alone: whoever knows it otherwise may take
                                   * the position */
    enum amp_fleet_alarm alarm;   /* its crew calls for help with it; also where err is set */
};

struct amp_fleet {
    const char *name;  /* "json", "osmand" */
    const char *words; /* one line */
    bool query;        /* the bytes are the query string (or form body), else the body */
    amp_err (*parse)(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                     struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
};

size_t amp_fleet_count(void);
const struct amp_fleet *amp_fleet_at(size_t i);
const struct amp_fleet *amp_fleet_find(struct amp_str name); /* NULL if there is none */
/* Refuses more than AMP_FLEET_BYTES, then parses. An error here means that nothing could be read.
 */
AMP_MUST amp_err amp_fleet_parse(const struct amp_fleet *format, struct amp_str bytes,
                                 int64_t now_us, struct amp_arena *arena,
                                 struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
const char *amp_fleet_alarm_name(enum amp_fleet_alarm alarm); /* on the wire; "" of none */
/* AMP_E_RANGE when there is none of that name; "" is none. */
AMP_MUST amp_err amp_fleet_alarm_of(struct amp_str name, enum amp_fleet_alarm *out);
/* For parsers: a call for help that comes without a place. */
void amp_fleet_placeless(struct amp_fleet_report *report);
/* For parsers: checks position, time against now and the unit's name, and sets err, detail, reason
 * and unnamed. The position is set, whatever else is wrong, if it lies on the earth. */
void amp_fleet_check(struct amp_fleet_report *report, int64_t lat_e7, int64_t lon_e7,
                     int64_t now_us);

/* The parsers, one a file. */
amp_err amp_fleet_json(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                       struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_osmand(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                         struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_owntracks(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                            struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_nmea(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                       struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_cot(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_tak(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);
amp_err amp_fleet_csv(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why);

#endif
