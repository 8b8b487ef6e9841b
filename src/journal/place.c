/*
 * The directory, the lock file and the mark file of a journal on disk.
 *
 * The mark is 64 bytes: "AMPMARK1", size (8, little-endian), root (32), zero (8), FNV-1a of the 56
 * bytes before (8, little-endian). It lies in one disk sector, so that it is old or new, never
 * half.
 */
#include "journal/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MARK_BYTES = AMP_MARK,
    MARK_SUM = 56,
    MARK_TRIES = 100
};
static const char mark_magic[8] = {'A', 'M', 'P', 'M', 'A', 'R', 'K', '1'};

static void le64_put(uint8_t out[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t le64_get(const uint8_t in[8])
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = (value << 8) | in[i];
    }
    return value;
}

static uint64_t mark_sum(const uint8_t mark[MARK_BYTES])
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < MARK_SUM; i++) {
        sum = (sum ^ mark[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

void amp_place_mark_make(const struct amp_head *head, char out[AMP_MARK])
{
    uint8_t mark[MARK_BYTES] = {0};
    memcpy(mark, mark_magic, sizeof mark_magic);
    le64_put(mark + 8, head->size);
    memcpy(mark + 16, head->root, AMP_HASH);
    le64_put(mark + MARK_SUM, mark_sum(mark));
    memcpy(out, mark, sizeof mark);
}

bool amp_place_mark_set(const struct amp_place *place, const struct amp_head *head)
{
    char mark[AMP_MARK];
    amp_place_mark_make(head, mark);
    return pwrite(place->mark_fd, mark, sizeof mark, 0) == MARK_BYTES;
}

amp_err amp_place_mark_parse(const void *data, size_t len, struct amp_head *out)
{
    const uint8_t *mark = data;
    if (len != MARK_BYTES || memcmp(mark, mark_magic, sizeof mark_magic) != 0 ||
        le64_get(mark + MARK_SUM) != mark_sum(mark)) {
        return AMP_E_CORRUPT;
    }
    uint64_t size = le64_get(mark + 8);
    if (size >= INT64_MAX) {
        return AMP_E_CORRUPT;
    }
    out->size = size;
    memcpy(out->root, mark + 16, AMP_HASH);
    return AMP_OK;
}

amp_err amp_place_mark(const struct amp_place *place, struct amp_head *out, struct amp_why *why)
{
    uint8_t mark[MARK_BYTES + 1]; /* one more, so that a longer file is seen */
    struct amp_head head = {.size = 0};
    if (place->mark_fd < 0) {
        *out = head;
        return AMP_OK;
    }
    /* A writer may be writing it at this moment: a bad sum is believed only when it stays. */
    for (int i = 0; i < MARK_TRIES; i++) {
        ssize_t got = pread(place->mark_fd, mark, sizeof mark, 0);
        bool empty = got == 0; /* made, and never written: the process ended between the two */
        if (empty || (got > 0 && amp_place_mark_parse(mark, (size_t)got, &head) == AMP_OK)) {
            *out = head;
            return AMP_OK;
        }
    }
    return amp_fail(
        why, AMP_E_CORRUPT,
        "journal.mark beside %s is damaged; if the journal is known to be whole, remove "
        "that file and verify",
        place->db_path);
}

static bool bytes_renew(int fd)
{
    static const size_t piece = 1 << 16;
    uint8_t data[1 << 16];
    off_t at = 0;
    for (;;) {
        ssize_t got = pread(fd, data, piece, at);
        if (got <= 0) {
            return got == 0 && fdatasync(fd) == 0;
        }
        if (pwrite(fd, data, (size_t)got, at) != got) {
            return false;
        }
        at += got;
    }
}

bool amp_place_wal_renew(const struct amp_place *place)
{
    char path[AMP_PLACE_PATH + 8];
    (void)snprintf(path, sizeof path, "%s-wal", place->db_path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT;
    }
    bool good = bytes_renew(fd);
    close(fd);
    return good;
}

static amp_err place_fail(struct amp_why *why, const char *what, const char *dir)
{
    amp_err err = errno == ENOSPC || errno == EDQUOT ? AMP_E_FULL
                  : errno == ENOENT                  ? AMP_E_NOT_FOUND
                                                     : AMP_E_IO;
    return amp_fail(why, err, "%s in %s: %s", what, dir, strerror(errno));
}

static amp_err lock_take(const char *dir, int dir_fd, struct amp_place *place, struct amp_why *why)
{
    place->lock_fd = openat(dir_fd, "journal.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (place->lock_fd < 0) {
        return place_fail(why, "cannot make journal.lock", dir);
    }
    if (flock(place->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        return AMP_OK;
    }
    if (errno != EWOULDBLOCK) {
        return place_fail(why, "cannot lock journal.lock", dir);
    }
    return amp_fail(why, AMP_E_BUSY,
                    "another amparo is writing to %s: stop it first, or choose another directory",
                    dir);
}

amp_err amp_place_lock(const char *dir, int *out_fd, struct amp_why *why)
{
    struct amp_place place = {.lock_fd = -1, .mark_fd = -1};
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return place_fail(why, "cannot make the directory", dir);
    }
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        return place_fail(why, "cannot open the directory", dir);
    }
    amp_err err = lock_take(dir, dir_fd, &place, why);
    close(dir_fd);
    if (err) {
        amp_place_close(&place);
        return err;
    }
    *out_fd = place.lock_fd;
    return AMP_OK;
}

/* The file is made here, so that it is 0600 from its first moment; SQLite gives the files beside it
 * the same mode. It is never opened here when it exists: closing it would drop SQLite's locks. */
static amp_err db_make(const char *dir, int dir_fd, struct amp_place *place, struct amp_why *why)
{
    struct amp_head mark;
    struct stat st;
    if (fstatat(dir_fd, "journal.db", &st, 0) == 0) {
        return AMP_OK;
    }
    amp_err err = amp_place_mark(place, &mark, why);
    if (err) {
        return err;
    }
    if (mark.size > 0) {
        return amp_fail(
            why, AMP_E_CORRUPT,
            "journal.db is missing from %s, where %llu records were written; restore it", dir,
            (unsigned long long)mark.size);
    }
    int fd = openat(dir_fd, "journal.db", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return place_fail(why, "cannot make journal.db", dir);
    }
    close(fd);
    return fsync(dir_fd) == 0 ? AMP_OK : place_fail(why, "cannot make names durable", dir);
}

static amp_err place_write(const char *dir, int dir_fd, struct amp_place *place,
                           struct amp_why *why)
{
    amp_err err = lock_take(dir, dir_fd, place, why);
    if (err) {
        return err;
    }
    place->mark_fd = openat(dir_fd, "journal.mark", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (place->mark_fd < 0) {
        return place_fail(why, "cannot make journal.mark", dir);
    }
    return db_make(dir, dir_fd, place, why);
}

static amp_err place_read(const char *dir, int dir_fd, struct amp_place *place, struct amp_why *why)
{
    struct stat st;
    if (fstatat(dir_fd, "journal.db", &st, 0) != 0) {
        return amp_fail(why, AMP_E_NOT_FOUND, "there is no journal in %s (no journal.db)", dir);
    }
    place->mark_fd = openat(dir_fd, "journal.mark", O_RDONLY | O_CLOEXEC);
    place->sealed = faccessat(dir_fd, ".", W_OK, AT_EACCESS) != 0 &&
                    fstatat(dir_fd, "journal.db-wal", &st, 0) != 0;
    return AMP_OK;
}

amp_err amp_place_open(const char *dir, bool read_only, struct amp_place *out, struct amp_why *why)
{
    struct amp_place place = {.lock_fd = -1, .mark_fd = -1};
    int len = snprintf(place.db_path, sizeof place.db_path, "%s/journal.db", dir);
    if (len < 0 || (size_t)len >= sizeof place.db_path) {
        return amp_fail(why, AMP_E_LIMIT, "the name of the directory is too long");
    }
    if (!read_only && mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return place_fail(why, "cannot make the directory", dir);
    }
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        return place_fail(why, "cannot open the directory", dir);
    }
    amp_err err =
        read_only ? place_read(dir, dir_fd, &place, why) : place_write(dir, dir_fd, &place, why);
    close(dir_fd);
    if (err) {
        amp_place_close(&place);
        return err;
    }
    *out = place;
    return AMP_OK;
}

void amp_place_close(struct amp_place *place)
{
    if (place->mark_fd >= 0) {
        close(place->mark_fd);
    }
    if (place->lock_fd >= 0) {
        close(place->lock_fd); /* drops the lock */
    }
    place->mark_fd = -1;
    place->lock_fd = -1;
}
