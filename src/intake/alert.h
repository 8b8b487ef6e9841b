/*
 * Alerts as the service handles them: from a CAP or EDXL-DE message to what is kept
 * (model/alert.h), and from what is kept to what is shown.
 *
 * A document is kept as it came when it is UTF-8 and no longer than AMP_DOCUMENT_MAX, else as our
 * own writer writes it, and if that is too long without the files that it carries (<derefUri>:
 * spoken words, maps), then with rings of fewer corners, which hold all that they held and grow by
 * no more than 12.8 km (intake/cap_thin.h). One that is longer still is refused.
 * Without an <expires> an alert is in force for AMP_ALERT_SILENT_S after it was sent. That an alert
 * is signed is said; who looks at the signature is the server (server/alert_sign.h).
 */
#ifndef AMP_INTAKE_ALERT_H
#define AMP_INTAKE_ALERT_H

#include "base/arena.h"
#include "base/geo.h"
#include "base/json.h"
#include "intake/alert_area.h"
#include "model/alert.h"

enum {
    AMP_ALERT_SILENT_S = 24 * 3600,
    AMP_ALERT_BYTES = 1 << 20, /* of a message that is read */
    AMP_ALERT_THIN_M = 25,     /* and twice that, and so on */
    AMP_ALERT_THIN_STEPS = 10,
    AMP_ALERT_SCRATCH = 64 << 20 /* bytes for one try */
};

/* The message as a report in the arena. AMP_E_SYNTAX, AMP_E_MISSING, AMP_E_RANGE as the readers of
 * the formats have it; AMP_E_LIMIT. Acknowledgements and error messages (CAP msgType Ack, Error)
 * bring no alert. */
AMP_MUST amp_err amp_alerts_read(struct amp_str bytes, struct amp_arena *arena,
                                 struct amp_alert_report *out, struct amp_why *why);

struct amp_alert_seen; /* a document, read again, in one of its languages; in the arena */

/* The info whose language begins so ("pt" for "pt-MZ"), or the first. NULL: it cannot be read. */
struct amp_alert_seen *amp_alert_see(struct amp_str document, struct amp_str language,
                                     struct amp_arena *arena);

/* The administrative areas of a map, for amp_alert_place. */
struct amp_alert_map {
    void *ctx;
    /* The one area that goes by a name or a code; level 0: of any level. False: none, or several.
     */
    bool (*find)(void *ctx, struct amp_str name, uint32_t level, uint32_t *out);
    bool (*holds)(void *ctx, uint32_t area, struct amp_pos pos);
    struct amp_cap_polygons (*draw)(void *ctx, uint32_t area, struct amp_arena *arena);
};

/* Gives areas without polygon and circle a place: by the table (NULL: none) and the map (NULL:
 * none), by their geocodes, and where none of these is known by their description. An ISO3166-2
 * code, and a description that is the name of one area, need no table. Both must live as long as
 * what was seen. */
void amp_alert_place(struct amp_alert_seen *seen, const struct amp_alert_areas *table,
                     const struct amp_alert_map *map, struct amp_arena *arena);
/* The members of what it says, into an open object: see Alert in docs/openapi.yaml. */
void amp_alert_view(struct amp_json *js, const struct amp_alert_seen *seen);
bool amp_alert_is_signed(const struct amp_alert_seen *seen);
bool amp_alert_holds(const struct amp_alert_seen *seen, struct amp_pos pos);

#endif
