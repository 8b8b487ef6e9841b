/*
 * The .amap file: named sections, little-endian, memory-mapped, checked before use.
 *
 * Layout: magic "AMAP\r\n\x1a\n", u32 version, u32 section count, u64 file size, u32 CRC-32 of the
 * section table; then the table (8-byte name, u64 offset, u64 size, u32 element size, u32 CRC-32 of
 * the content); then the sections, each at a multiple of 64. A file is written beside its name and
 * renamed, so a reader sees the old one or the whole new one. Opening checks the table and every
 * CRC. An open amap is immutable and may be used by many threads.
 */
#ifndef AMP_MAP_AMAP_H
#define AMP_MAP_AMAP_H

#include "base/str.h"

enum {
    AMP_AMAP_VERSION = 1,
    AMP_AMAP_SECTIONS = 128
};

struct amp_amap;
struct amp_amap_writer;

AMP_MUST amp_err amp_amap_create(const char *path, struct amp_amap_writer **out,
                                 struct amp_why *why);
/* data is copied to the file at once; name is 1 to 8 characters, each used once. */
AMP_MUST amp_err amp_amap_put(struct amp_amap_writer *writer, const char *name, const void *data,
                              size_t element_size, size_t count, struct amp_why *why);
/* A section written as it is made, one at a time: begun, added to, ended. */
AMP_MUST amp_err amp_amap_begin(struct amp_amap_writer *writer, const char *name,
                                size_t element_size, struct amp_why *why);
AMP_MUST amp_err amp_amap_add(struct amp_amap_writer *writer, const void *data, size_t count,
                              struct amp_why *why);
void amp_amap_end(struct amp_amap_writer *writer);
AMP_MUST amp_err amp_amap_commit(struct amp_amap_writer *writer, struct amp_why *why);
void amp_amap_abandon(struct amp_amap_writer *writer); /* also frees after commit; accepts NULL */

AMP_MUST amp_err amp_amap_open(const char *path, struct amp_amap **out, struct amp_why *why);
void amp_amap_close(struct amp_amap *amap); /* accepts NULL */
/* Of the content: two files with the same stamp hold the same map (a CRC-32 over all, and the
 * size). */
uint64_t amp_amap_stamp(const struct amp_amap *amap);
/* Whether path still names the file that was opened, unchanged. */
bool amp_amap_is_at(const struct amp_amap *amap, const char *path);
/* False once somebody has written into the open file instead of renaming a new one over it: then
 * answers may be wrong, and reading what was cut off ends the process (SIGBUS). */
bool amp_amap_intact(const struct amp_amap *amap);
/* The elements of a section; AMP_E_CORRUPT if it is absent or its element size is another. The
 * content is only as trustworthy as its CRC: index checks belong to the section's owner, at open.
 */
AMP_MUST amp_err amp_amap_section(const struct amp_amap *amap, const char *name,
                                  size_t element_size, const void **out, size_t *out_count,
                                  struct amp_why *why);

struct amp_amap_row { /* of the section table */
    char name[9];
    uint64_t offset, size;
    uint32_t element, crc;
};
size_t amp_amap_rows(const struct amp_amap *amap, struct amp_amap_row out[AMP_AMAP_SECTIONS]);

#endif
