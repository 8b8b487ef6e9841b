/*
 * What a vehicle says of its own crash, whatever it came in: VEDS (veds.c) or the MSD of eCall
 * (msd.c).
 *
 * Sources: APCO/NENA VEDS 3.1 as RFC 8148 carries it; EN 15722 as RFC 8147 carries it. Kept is what
 * a crew and a call taker need: how hard, what burns, how many people, which way up. Names, birth
 * dates, licences, number plates and contacts in such a message are not looked at. The vehicle's
 * identification number is kept: it names the rescue sheet of the vehicle. It is personal, stands
 * only in the call's words, which are sealed, and nothing is looked up by it.
 *
 * It becomes one line of the call's words, which the console shows in the language of the desk:
 *   crash: by automatic; time 2026-11-27T00:50:00Z; delta-v 52; rollover yes; ...
 * Parts are separated by "; ", each a key, a blank and a value; a value has no ';' and no line end.
 *   by automatic|manual          time (RFC 3339)           delta-v km/h   rollover yes|no
 *   turns quarters of a turn     rest normal|driver|passenger|roof|rear|front
 *   fire|leak|injury|impacts yes|no                        airbags that deployed
 *   occupants n                  belts FASTENED/SEATS      heading degrees
 *   body car|van|bus|truck|motorcycle|another                vehicle make, model, year and colour
 *   fuel, of these, a blank between: gasoline diesel cng lpg electric hydrogen ethanol another
 *   unsure LAT,LON: where its place cannot be trusted      vin
 *   test yes: the vehicle says that this is a test         urgent, of these: fire leak rollover
 *   delta-v injury unbelted occupants
 * The line sets nothing. A part that was not said is not there.
 */
#ifndef AMP_INTAKE_CRASH_H
#define AMP_INTAKE_CRASH_H

#include "intake/intake.h"

enum {
    AMP_CRASH_VALUE_MAX = 60, /* bytes of a text of the vehicle */
    AMP_CRASH_WARNINGS = 8,
    AMP_CRASH_HARD_KMH = 32, /* a change of speed that speaks for injury (ACS field triage) */
    AMP_CRASH_TRUSTED_RADIUS_M = 150, /* EN 15722: within it with a confidence of 95 % */
    AMP_CRASH_UNSAID = -1
};
#define AMP_CRASH_TYPE "crash" /* the type that such a call speaks for */

enum amp_crash_said {
    AMP_CRASH_NOT_SAID,
    AMP_CRASH_NO,
    AMP_CRASH_YES
};

enum amp_crash_fuel { /* bits */
    AMP_FUEL_GASOLINE = 1,
    AMP_FUEL_DIESEL = 2,
    AMP_FUEL_CNG = 4,
    AMP_FUEL_LPG = 8,
    AMP_FUEL_ELECTRIC = 16,
    AMP_FUEL_HYDROGEN = 32,
    AMP_FUEL_OTHER = 64,
    AMP_FUEL_ETHANOL = 128
};

struct amp_crash {
    const char *by;   /* "automatic", "manual"; NULL not said */
    const char *rest; /* "roof"; NULL */
    const char *body; /* "car"; NULL */
    enum amp_crash_said test, rollover, fire, leak, injury, impacts;
    bool timed, located, unsure; /* unsure: `pos` is said and not to be trusted; never located */
    int64_t time_us;
    struct amp_pos pos;
    int radius_m; /* with confidence 95 %; AMP_CRASH_UNSAID */
    int heading_deg, delta_v_kmh, turns, airbags, occupants; /* AMP_CRASH_UNSAID */
    int belts, seats; /* fastened, of the seats known to be taken and watched; AMP_CRASH_UNSAID */
    unsigned fuel;
    struct amp_str vehicle, vin, place;
    struct amp_str warning[AMP_CRASH_WARNINGS];
    size_t warning_n;
};

struct amp_crash amp_crash_make(void); /* nothing is said */
void amp_crash_warn(struct amp_crash *crash, struct amp_str warning);
/* A text as the line can have it: one line without ';', cut. */
struct amp_str amp_crash_value(struct amp_str text, struct amp_arena *arena);
/* The line, without its end; empty when memory is short. */
struct amp_str amp_crash_line(const struct amp_crash *crash, struct amp_arena *arena);
/* The report of a call that has this and nothing else. */
void amp_crash_report(const struct amp_crash *crash, struct amp_arena *arena,
                      struct amp_report *report);
/* Position and place, where the report has none; and the warnings. */
void amp_crash_place(const struct amp_crash *crash, struct amp_arena *arena,
                     struct amp_report *report);
void amp_crash_view(struct amp_json *js, const char *format, const struct amp_crash *crash,
                    struct amp_arena *arena);

/* VEDS. AMP_E_SYNTAX: not well-formed, or no crash notification; AMP_E_UNSUPPORTED: a DOCTYPE. */
AMP_MUST amp_err amp_veds_read(struct amp_str bytes, struct amp_arena *arena, struct amp_crash *out,
                               struct amp_why *why);
/* The MSD as bytes or as hexadecimal digits. AMP_E_UNSUPPORTED: a version other than 1 and 2. */
AMP_MUST amp_err amp_msd_read(struct amp_str bytes, struct amp_arena *arena, struct amp_crash *out,
                              struct amp_why *why);

#endif
