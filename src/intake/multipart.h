/*
 * MIME bodies of several parts, as SIP carries them: the parts, whatever lies inside what.
 *
 * Sources: RFC 2045 (fields of a part, encodings), RFC 2046 section 5.1 (boundaries, nesting), RFC
 * 5621 (bodies of SIP). Parts of parts are told in one list, in their order. Lines may end with a
 * line feed alone. What comes before the first boundary and after the last is nobody's. A part's
 * own Content-Length is not believed: boundaries say where it ends. A body whose closing boundary
 * is missing was cut on the way and is refused whole: its last part may be cut, too.
 *
 * A part that is wrong in itself does not cost the others: one in an encoding that is not read (or
 * that is not what it says) has the type application/octet-stream, one whose fields are not ended
 * by an empty line begins where a line is no field, and `fault` says so.
 *
 * Texts are views of the input; what is folded or encoded is made plain in the arena.
 */
#ifndef AMP_INTAKE_MULTIPART_H
#define AMP_INTAKE_MULTIPART_H

#include "base/arena.h"

enum {
    AMP_PARTS_MAX = 32,      /* in one body, at all depths; more: AMP_E_LIMIT */
    AMP_PARTS_DEPTH = 4,     /* a part in a part in a part; deeper: AMP_E_LIMIT */
    AMP_BOUNDARY_MAX = 70,   /* RFC 2046 */
    AMP_PART_FIELDS_MAX = 64 /* header fields of one part */
};

enum amp_part_fault {
    AMP_PART_SOUND,
    AMP_PART_UNDECODED,
    AMP_PART_NO_HEAD_END
};

struct amp_part {
    enum amp_part_fault fault;
    struct amp_str type;   /* "application/pidf+xml" as it was written, without parameters */
    struct amp_str params; /* what follows it: "; charset=utf-8" */
    struct amp_str id;     /* of Content-ID, without < and > */
    struct amp_str disposition;
    struct amp_str body;
};

struct amp_parts {
    struct amp_part part[AMP_PARTS_MAX];
    size_t n;
};

/* A body by its Content-Type; one that is not multipart is one part. AMP_E_SYNTAX: no boundary, or
 * none where one must be; AMP_E_LIMIT. */
AMP_MUST amp_err amp_multipart_read(struct amp_str content_type, struct amp_str body,
                                    struct amp_arena *arena, struct amp_parts *out,
                                    struct amp_why *why);
/* Media types and header names are the same in capitals. */
bool amp_mime_is(struct amp_str text, const char *terminated);
bool amp_mime_starts(struct amp_str text, const char *terminated);
/* The value of a parameter in "; name=value; name=\"value\""; empty without. */
struct amp_str amp_mime_param(struct amp_str params, const char *name);
/* Fields that go on in the next line become one line; same length. Its ptr is NULL without memory.
 */
struct amp_str amp_mime_unfold(struct amp_str head, struct amp_arena *arena);
/* A Content-ID without < and >. */
struct amp_str amp_mime_id(struct amp_str value);
/* "%2B" (mark '%') or "=2B" (mark '='): the bytes that are meant; other marks stay as they are. */
struct amp_str amp_mime_escaped(struct amp_str text, char mark, struct amp_arena *arena);
/* The next line, without its end; false when there is none. */
bool amp_mime_line(struct amp_str *rest, struct amp_str *line);
/* "Name: value" of a line; false for what is no header field. */
bool amp_mime_field(struct amp_str line, struct amp_str *name, struct amp_str *value);

#endif
