/*
 * The .amap container: writing beside and renaming; mapping and checking every byte.
 *
 * 1. Numbers are little-endian (so are the machines this runs on; asserted at compile time).
 * 2. The table stands right behind the head, room for AMP_AMAP_SECTIONS rows is kept.
 * 3. Section i starts at the first multiple of 64 behind section i-1. Bytes that belong to nobody
 * are zero, and are checked, so no byte of the file can change unseen.
 */
#include "map/amap.h"
#include "base/buf.h"
#include "base/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "sections are used as they lie");

enum {
    HEAD_BYTES = 28,
    ROW_BYTES = 32,
    NAME_BYTES = 8,
    ALIGN = 64,
    DATA_FIRST = (HEAD_BYTES + ROW_BYTES * AMP_AMAP_SECTIONS + ALIGN - 1) / ALIGN * ALIGN,
    WRITE_STEP = 1 << 30,
    PART_TRIES = 16
};

static const char magic[8] = {'A', 'M', 'A', 'P', '\r', '\n', 0x1a, '\n'};
static const uint8_t zeroes[ALIGN] = {0};

struct section {
    char name[NAME_BYTES + 1];
    uint64_t offset, size;
    uint32_t element;
    uint32_t crc;
};

struct amp_amap_writer {
    struct section section[AMP_AMAP_SECTIONS];
    uint32_t section_n;
    uint64_t end; /* of what is written */
    bool open;    /* section[section_n] is being written */
    char *path;
    char *part_path; /* NULL while it has no name, and once renamed */
    int fd;
};

struct amp_amap {
    struct section section[AMP_AMAP_SECTIONS];
    uint32_t section_n;
    uint32_t table_crc;
    const uint8_t *data;
    size_t len;
    int fd;             /* kept, to see whether somebody writes into the file */
    struct stat opened; /* as it was */
};

static uint64_t align_up(uint64_t at)
{
    return (at + ALIGN - 1) / ALIGN * ALIGN;
}

static amp_err io_err(int number)
{
    return number == ENOSPC || number == EDQUOT ? AMP_E_FULL : AMP_E_IO;
}

static amp_err write_at(int fd, const void *data, size_t len, uint64_t offset)
{
    const uint8_t *from = data;
    while (len > 0) {
        ssize_t done = pwrite(fd, from, len < WRITE_STEP ? len : WRITE_STEP, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done == 0 ? AMP_E_IO : io_err(errno);
        }
        from += done;
        offset += (uint64_t)done;
        len -= (size_t)done;
    }
    return AMP_OK;
}

/* The folder that path is in, to be freed; NULL without memory. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        return strdup(".");
    }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Give the file a name beside the one it is for: that of a new file, or a link to the nameless one.
 */
static amp_err part_name(struct amp_amap_writer *writer)
{
    size_t cap = strlen(writer->path) + 48;
    char self[48];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", writer->fd);
    writer->part_path = malloc(cap);
    if (!writer->part_path) {
        return AMP_E_NOMEM;
    }
    for (int i = 0; i < PART_TRIES; i++) {
        int len =
            snprintf(writer->part_path, cap, "%s.%ld-%d.part", writer->path, (long)getpid(), i);
        assert(len > 0 && (size_t)len < cap);
        if (writer->fd >= 0) {
            if (linkat(AT_FDCWD, self, AT_FDCWD, writer->part_path, AT_SYMLINK_FOLLOW) == 0) {
                return AMP_OK;
            }
        } else {
            writer->fd = open(writer->part_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (writer->fd >= 0) {
                return AMP_OK;
            }
        }
        if (errno != EEXIST) {
            break;
        }
    }
    free(writer->part_path);
    writer->part_path = NULL;
    return io_err(errno);
}

/* A file without a name is gone whatever ends the program; where there are none, or they cannot be
 * given a name later, a named one. */
static amp_err part_open(struct amp_amap_writer *writer)
{
    char *dir = directory_of(writer->path);
    if (!dir) {
        return AMP_E_NOMEM;
    }
    if (access("/proc/self/fd", X_OK) == 0) {
        writer->fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    }
    free(dir);
    return writer->fd >= 0 ? AMP_OK : part_name(writer);
}

amp_err amp_amap_create(const char *path, struct amp_amap_writer **out, struct amp_why *why)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* renaming would replace a device */
        return amp_fail(why, AMP_E_IO, "cannot write the map to %s: it is no ordinary file", path);
    }
    struct amp_amap_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory");
    }
    writer->fd = -1;
    writer->end = DATA_FIRST;
    writer->path = strdup(path);
    amp_err err = writer->path ? part_open(writer) : AMP_E_NOMEM;
    if (err) {
        err = amp_fail(why, err, "cannot create a file beside %s: %s", path, strerror(errno));
        amp_amap_abandon(writer);
        return err;
    }
    *out = writer;
    return AMP_OK;
}

static const struct section *section_find(const struct section *section, uint32_t n,
                                          const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(section[i].name, name) == 0) {
            return &section[i];
        }
    }
    return NULL;
}

amp_err amp_amap_begin(struct amp_amap_writer *writer, const char *name, size_t element_size,
                       struct amp_why *why)
{
    size_t name_len = strlen(name);
    assert(!writer->open);
    assert(name_len >= 1 && name_len <= NAME_BYTES);
    assert(element_size >= 1 && element_size <= UINT32_MAX);
    assert(!section_find(writer->section, writer->section_n, name));
    if (writer->section_n == AMP_AMAP_SECTIONS) {
        return amp_fail(why, AMP_E_LIMIT, "the map file cannot hold section %s", name);
    }
    struct section section = {.offset = align_up(writer->end), .element = (uint32_t)element_size};
    memcpy(section.name, name, name_len);
    amp_err err = write_at(writer->fd, zeroes, (size_t)(section.offset - writer->end), writer->end);
    if (err) {
        return amp_fail(why, err, "cannot write section %s of %s: %s", name, writer->path,
                        amp_err_words(err));
    }
    writer->section[writer->section_n] = section;
    writer->end = section.offset;
    writer->open = true;
    return AMP_OK;
}

amp_err amp_amap_add(struct amp_amap_writer *writer, const void *data, size_t count,
                     struct amp_why *why)
{
    assert(writer->open);
    struct section *section = &writer->section[writer->section_n];
    size_t size = 0;
    if (__builtin_mul_overflow((size_t)section->element, count, &size)) {
        return amp_fail(why, AMP_E_LIMIT, "the map file cannot hold section %s", section->name);
    }
    if (size == 0) {
        return AMP_OK;
    }
    amp_err err = write_at(writer->fd, data, size, writer->end);
    if (err) {
        return amp_fail(why, err, "cannot write section %s of %s: %s", section->name, writer->path,
                        amp_err_words(err));
    }
    section->crc = libdeflate_crc32(section->crc, data, size);
    section->size += size;
    writer->end += size;
    return AMP_OK;
}

void amp_amap_end(struct amp_amap_writer *writer)
{
    assert(writer->open);
    writer->open = false;
    writer->section_n++;
}

amp_err amp_amap_put(struct amp_amap_writer *writer, const char *name, const void *data,
                     size_t element_size, size_t count, struct amp_why *why)
{
    amp_err err = amp_amap_begin(writer, name, element_size, why);
    if (err) {
        return err;
    }
    err = amp_amap_add(writer, data, count, why);
    amp_amap_end(writer);
    return err;
}

/* Head, table and the zeroes behind it, as one block of DATA_FIRST bytes. */
static amp_err front_write(const struct amp_amap_writer *writer)
{
    struct amp_buf table = amp_buf_make(DATA_FIRST);
    for (uint32_t i = 0; i < writer->section_n; i++) {
        const struct section *section = &writer->section[i];
        amp_buf_put(&table, section->name, NAME_BYTES);
        amp_buf_le64(&table, section->offset);
        amp_buf_le64(&table, section->size);
        amp_buf_le32(&table, section->element);
        amp_buf_le32(&table, section->crc);
    }
    struct amp_buf front = amp_buf_make(DATA_FIRST);
    amp_buf_put(&front, magic, sizeof magic);
    amp_buf_le32(&front, AMP_AMAP_VERSION);
    amp_buf_le32(&front, writer->section_n);
    amp_buf_le64(&front, writer->end);
    amp_buf_le32(&front, table.len ? libdeflate_crc32(0, table.data, table.len) : 0);
    amp_buf_str(&front, amp_buf_view(&table));
    while (!amp_buf_err(&front) && front.len < DATA_FIRST) {
        amp_buf_char(&front, 0);
    }
    amp_err err = amp_buf_err(&table);
    if (!err) {
        err = amp_buf_err(&front);
    }
    if (!err) {
        err = write_at(writer->fd, front.data, front.len, 0);
    }
    amp_buf_free(&table);
    amp_buf_free(&front);
    return err;
}

/* The rename itself must be durable: fsync the directory the file is in. */
static amp_err directory_sync(const char *path)
{
    char *dir = directory_of(path);
    if (!dir) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        err = io_err(errno);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(dir);
    return err;
}

amp_err amp_amap_commit(struct amp_amap_writer *writer, struct amp_why *why)
{
    amp_err err = front_write(writer);
    if (!err && fsync(writer->fd) != 0) {
        err = io_err(errno);
    }
    if (!err && !writer->part_path) {
        err = part_name(writer);
    }
    if (!err && rename(writer->part_path, writer->path) != 0) {
        err = io_err(errno);
    }
    if (err) {
        return amp_fail(why, err, "cannot finish %s: %s", writer->path, amp_err_words(err));
    }
    free(writer->part_path);
    writer->part_path = NULL;
    err = directory_sync(writer->path);
    if (err) {
        return amp_fail(why, err, "cannot make the renaming to %s durable: %s", writer->path,
                        amp_err_words(err));
    }
    return AMP_OK;
}

void amp_amap_abandon(struct amp_amap_writer *writer)
{
    if (!writer) {
        return;
    }
    if (writer->fd >= 0) {
        close(writer->fd);
    }
    if (writer->part_path) {
        unlink(writer->part_path);
    }
    free(writer->part_path);
    free(writer->path);
    free(writer);
}

static amp_err damaged(const char *path, const char *what, struct amp_why *why)
{
    return amp_fail(why, AMP_E_CORRUPT, "%s is damaged (%s): build the map again", path, what);
}

static bool all_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

static amp_err head_check(struct amp_amap *amap, const char *path, struct amp_why *why)
{
    if (amap->len < DATA_FIRST || memcmp(amap->data, magic, sizeof magic) != 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s is not an .amap file, or its start is damaged",
                        path);
    }
    struct amp_reader rd = amp_reader_make(amap->data, DATA_FIRST);
    (void)amp_reader_bytes(&rd, sizeof magic);
    uint32_t version = amp_reader_le32(&rd);
    uint32_t section_n = amp_reader_le32(&rd);
    uint64_t size = amp_reader_le64(&rd);
    uint32_t crc = amp_reader_le32(&rd);
    if (version != AMP_AMAP_VERSION) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "%s has version %u, this program reads version %d: build the map again",
                        path, version, AMP_AMAP_VERSION);
    }
    if (size != amap->len) {
        return damaged(path, "its length is not the one it was written with", why);
    }
    if (section_n > AMP_AMAP_SECTIONS) {
        return damaged(path, "too many sections", why);
    }
    size_t table = (size_t)section_n * ROW_BYTES;
    uint32_t found = table ? libdeflate_crc32(0, amap->data + HEAD_BYTES, table) : 0;
    if (found != crc) {
        return damaged(path, "the section table", why);
    }
    if (!all_zero(amap->data + HEAD_BYTES + table, DATA_FIRST - HEAD_BYTES - table)) {
        return damaged(path, "bytes behind the section table", why);
    }
    amap->section_n = section_n;
    amap->table_crc = crc;
    return AMP_OK;
}

static amp_err section_check(struct amp_amap *amap, uint32_t at, uint64_t *end, const char *path,
                             struct amp_why *why)
{
    struct amp_reader rd =
        amp_reader_make(amap->data + HEAD_BYTES + (size_t)at * ROW_BYTES, ROW_BYTES);
    struct amp_str name = amp_reader_bytes(&rd, NAME_BYTES);
    struct section *section = &amap->section[at];
    memcpy(section->name, name.ptr, NAME_BYTES);
    section->offset = amp_reader_le64(&rd);
    section->size = amp_reader_le64(&rd);
    section->element = amp_reader_le32(&rd);
    section->crc = amp_reader_le32(&rd);
    if (section->name[0] == 0 || section->element == 0 || section->size % section->element != 0 ||
        section_find(amap->section, at, section->name)) {
        return damaged(path, "a row of the section table", why);
    }
    if (section->offset != align_up(*end) || section->offset > amap->len ||
        section->size > amap->len - section->offset) {
        return damaged(path, "a section that is not where it should be", why);
    }
    if (!all_zero(amap->data + *end, (size_t)(section->offset - *end))) {
        return damaged(path, "bytes between two sections", why);
    }
    const uint8_t *data = amap->data + section->offset;
    size_t size = (size_t)section->size;
    if ((size ? libdeflate_crc32(0, data, size) : 0) != section->crc) {
        return amp_fail(why, AMP_E_CORRUPT, "%s is damaged in section %s: build the map again",
                        path, section->name);
    }
    *end = section->offset + section->size;
    return AMP_OK;
}

static amp_err amap_check(struct amp_amap *amap, const char *path, struct amp_why *why)
{
    amp_err err = head_check(amap, path, why);
    uint64_t end = DATA_FIRST;
    for (uint32_t i = 0; !err && i < amap->section_n; i++) {
        err = section_check(amap, i, &end, path, why);
    }
    if (!err && end != amap->len) {
        err = damaged(path, "bytes behind the last section", why);
    }
    return err;
}

static amp_err file_map(struct amp_amap *amap, const char *path, struct amp_why *why)
{
    amap->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (amap->fd < 0) {
        return amp_fail(why, errno == ENOENT ? AMP_E_NOT_FOUND : AMP_E_IO, "cannot open %s: %s",
                        path, strerror(errno));
    }
    if (fstat(amap->fd, &amap->opened) != 0 || !S_ISREG(amap->opened.st_mode)) {
        return amp_fail(why, AMP_E_IO, "%s is not a regular file", path);
    }
    if (amap->opened.st_size < DATA_FIRST) {
        return amp_fail(why, AMP_E_SYNTAX, "%s is not an .amap file: it is too short", path);
    }
    size_t len = (size_t)amap->opened.st_size;
    void *data = mmap(NULL, len, PROT_READ, MAP_SHARED, amap->fd, 0);
    if (data == MAP_FAILED) {
        return amp_fail(why, AMP_E_NOMEM, "cannot map %s: %s", path, strerror(errno));
    }
    amap->data = data;
    amap->len = len;
    return AMP_OK;
}

amp_err amp_amap_open(const char *path, struct amp_amap **out, struct amp_why *why)
{
    struct amp_amap *amap = calloc(1, sizeof *amap);
    if (!amap) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory");
    }
    amp_err err = file_map(amap, path, why);
    if (!err) {
        err = amap_check(amap, path, why);
    }
    if (err) {
        amp_amap_close(amap);
        return err;
    }
    *out = amap;
    return AMP_OK;
}

void amp_amap_close(struct amp_amap *amap)
{
    if (!amap) {
        return;
    }
    if (amap->data) {
        munmap((void *)(uintptr_t)amap->data, amap->len);
    }
    if (amap->fd >= 0) {
        close(amap->fd);
    }
    free(amap);
}

uint64_t amp_amap_stamp(const struct amp_amap *amap)
{
    return (uint64_t)amap->table_crc << 32 | (amap->len / ALIGN & UINT32_MAX);
}

static bool stat_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool amp_amap_is_at(const struct amp_amap *amap, const char *path)
{
    struct stat now;
    return stat(path, &now) == 0 && stat_same(&now, &amap->opened);
}

bool amp_amap_intact(const struct amp_amap *amap)
{
    struct stat now;
    return fstat(amap->fd, &now) == 0 && stat_same(&now, &amap->opened);
}

amp_err amp_amap_section(const struct amp_amap *amap, const char *name, size_t element_size,
                         const void **out, size_t *out_count, struct amp_why *why)
{
    const struct section *section = section_find(amap->section, amap->section_n, name);
    if (!section) {
        return amp_fail(why, AMP_E_CORRUPT, "the map has no section %s: build it again", name);
    }
    if (section->element != element_size) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "section %s of the map has elements of %u bytes, not %zu: build it again",
                        name, section->element, element_size);
    }
    *out = amap->data + section->offset;
    *out_count = (size_t)(section->size / section->element);
    return AMP_OK;
}

size_t amp_amap_rows(const struct amp_amap *amap, struct amp_amap_row out[AMP_AMAP_SECTIONS])
{
    for (uint32_t i = 0; i < amap->section_n; i++) {
        const struct section *section = &amap->section[i];
        out[i] = (struct amp_amap_row){.offset = section->offset,
                                       .size = section->size,
                                       .element = section->element,
                                       .crc = section->crc};
        memcpy(out[i].name, section->name, sizeof section->name);
    }
    return amap->section_n;
}
