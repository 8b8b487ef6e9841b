/*
 * Tables of text as spreadsheets and laboratory programs write them: comma, semicolon or tab.
 *
 * Quoted fields (RFC 4180) may hold separators, line ends and doubled quotes; a field that was
 * quoted twice ("""vWA""") is what stands between its quotes. LF, CRLF and CR end a record; a UTF-8
 * byte order mark and a first line "sep=;" are skipped; a row whose fields are all empty does not
 * count. Which separator a table has is told by its head: the reader of a layout recognises its
 * columns under exactly one of the three, or the table is refused.
 *
 * The decimal mark is looked for in the number columns of the whole table: "9,3" and "9.3" in one
 * table are refused, and so are heights such as "1,234" that may be thousands, and "1.234" where no
 * other height shows that points are decimal.
 */
#ifndef AMP_DNA_TABLE_H
#define AMP_DNA_TABLE_H

#include "dna/profile.h"

enum {
    AMP_DNA_COLUMNS = 8192,
    AMP_DNA_NAME_MAX = 256 /* bytes of a sample's, marker's or allele's name */
};

struct amp_dna_table {
    struct amp_str text;
    const char *file;
    char separator;
    size_t pos;
    uint64_t line; /* where the last record began, from 1 */
    uint64_t next_line;
    struct amp_str *field; /* of the last record, blanks around them taken off */
    size_t field_n;
    size_t field_room;
};

struct amp_dna_table amp_dna_table_make(struct amp_str text, const char *file, char separator);
/* The next record that is not empty; *end is true when there is none. Fields with doubled quotes
 * are copied into the arena, the others are views of the text. */
AMP_MUST amp_err amp_dna_table_next(struct amp_dna_table *table, struct amp_arena *arena, bool *end,
                                    struct amp_why *why);
/* A field of the last record; empty when the record is too short, "NA" or blank. */
struct amp_str amp_dna_table_cell(const struct amp_dna_table *table, size_t column);

/* What a column holds, for the decimal mark. */
enum amp_dna_column {
    AMP_DNA_COLUMN_TEXT, /* not looked at */
    AMP_DNA_COLUMN_NUMBER,
    AMP_DNA_COLUMN_HEIGHT
};
/* The decimal mark of the rows after the last record read; the table does not move. */
AMP_MUST amp_err amp_dna_table_decimal(struct amp_dna_table table, const uint8_t *kind,
                                       size_t kind_n, struct amp_arena *arena, char *decimal,
                                       struct amp_why *why);
/* A number with the table's decimal mark; AMP_E_SYNTAX when it is none. */
AMP_MUST amp_err amp_dna_number(struct amp_str text, char decimal, double *out);
/* A decimal comma in an allele's name becomes a point. */
struct amp_str amp_dna_decimal_point(struct amp_arena *arena, struct amp_str text, char decimal);

struct amp_dna_text {
    struct amp_str text; /* UTF-8: the bytes themselves, or a copy in the arena */
    const char *encoding;
};
/* Any encoding of encoding.c as UTF-8; AMP_E_SYNTAX when it is none of them. */
AMP_MUST amp_err amp_dna_text_decode(struct amp_str bytes, const char *file,
                                     struct amp_arena *arena, struct amp_dna_text *out,
                                     struct amp_why *why);
/* Sets file, encoding, SHA-256 of the bytes and number of lines, and gives the text as UTF-8.
 * Refuses what is no text at all and what is too large. */
AMP_MUST amp_err amp_dna_source_open(struct amp_str bytes, const char *file,
                                     struct amp_arena *arena, struct amp_dna_source *out,
                                     struct amp_str *text, struct amp_why *why);
/* Keeps a sentence that a reader of the result must know. */
void amp_dna_source_note(struct amp_dna_source *source, struct amp_arena *arena, const char *fmt,
                         ...) __attribute__((format(printf, 3, 4)));

/* A heading reduced to capitals and digits: "Allele 1" and "allele_1" are "ALLELE1". */
struct amp_str amp_dna_heading(struct amp_str text, struct amp_arena *arena);
/* "ALLELE12" with the stem "ALLELE" gives 12, "ALLELE" 0; false for anything else. */
bool amp_dna_heading_number(struct amp_str heading, const char *stem, size_t *number);

/* One more element in an array whose room is the next power of two from 4; NULL without memory. */
void *amp_dna_grow(struct amp_arena *arena, void *array, size_t n, size_t size);

/* Which number a name has: a hash table in an arena, with copies of the names. */
struct amp_dna_names {
    struct amp_arena *arena;
    size_t n;
    size_t slot_n; /* a power of two */
    struct amp_dna_names_slot *slot;
};
/* The place of the name's number within an owner's names, SIZE_MAX in it when the name is new; good
 * until the next call. Names of markers are compared as amp_dna_marker_same does when `marker`.
 * NULL without memory. */
size_t *amp_dna_names_at(struct amp_dna_names *names, size_t owner, struct amp_str name,
                         bool marker);
enum {
    AMP_DNA_MARKER_SHORT = 16
};
/* What amp_dna_marker_same compares: the name in capitals without what it ignores, or the name that
 * it is another word for. False for names too long for `room`, which are no such words. */
bool amp_dna_marker_key(struct amp_str name, char room[AMP_DNA_MARKER_SHORT], struct amp_str *key);
/* What an allele is called in such a table: "9.30" and "9.3" have one key. */
struct amp_str amp_dna_allele_key(struct amp_arena *arena, struct amp_str allele);

#endif
