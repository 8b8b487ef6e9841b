/* For tests: a directory of their own, filled, copied, damaged and removed. */
#include "journal/scratch.h"

#include "journal/merkle.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* In memory where there is room: the power cuts of these tests are made up, and their thousands of
 * syncs need no disk. */
static const char *tmp_choose(void)
{
    static const char memory[] = "/dev/shm";
    const char *tmp = getenv("TMPDIR");
    struct statvfs fs;
    if (tmp) {
        return tmp;
    }
    bool room = access(memory, W_OK) == 0 && statvfs(memory, &fs) == 0 &&
                (uint64_t)fs.f_bavail * fs.f_frsize >= UINT64_C(1) << 29;
    return room ? memory : "/tmp";
}

void scratch_make(struct scratch *out)
{
    int len = snprintf(out->dir, sizeof out->dir, "%s/amparo-test-XXXXXX", tmp_choose());
    assert(len > 0 && (size_t)len < sizeof out->dir);
    char *made = mkdtemp(out->dir);
    assert(made);
}

void scratch_path(const struct scratch *scratch, const char *name, char out[SCRATCH_PATH])
{
    int len = snprintf(out, SCRATCH_PATH, "%s/%s", scratch->dir, name);
    assert(len > 0 && len < SCRATCH_PATH);
}

void scratch_drop(const struct scratch *scratch, const char *name)
{
    char path[SCRATCH_PATH];
    scratch_path(scratch, name, path);
    int gone = unlink(path);
    assert(gone == 0);
}

bool scratch_has(const struct scratch *scratch, const char *name)
{
    char path[SCRATCH_PATH];
    scratch_path(scratch, name, path);
    return access(path, F_OK) == 0;
}

static void each_file(const struct scratch *scratch, const struct scratch *to,
                      void (*visit)(const struct scratch *scratch, const char *name,
                                    const struct scratch *to))
{
    DIR *dir = opendir(scratch->dir);
    assert(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(scratch, entry->d_name, to);
        }
    }
    closedir(dir);
}

static void file_drop(const struct scratch *scratch, const char *name, const struct scratch *to)
{
    (void)to;
    scratch_drop(scratch, name);
}

void scratch_remove(struct scratch *scratch)
{
    each_file(scratch, NULL, file_drop);
    int gone = rmdir(scratch->dir);
    assert(gone == 0);
}

static void file_copy(const struct scratch *scratch, const char *name, const struct scratch *to)
{
    char from_path[SCRATCH_PATH], to_path[SCRATCH_PATH], block[65536];
    scratch_path(scratch, name, from_path);
    scratch_path(to, name, to_path);
    FILE *in = fopen(from_path, "rb");
    FILE *out = fopen(to_path, "wb");
    assert(in && out);
    for (size_t got = fread(block, 1, sizeof block, in); got > 0;
         got = fread(block, 1, sizeof block, in)) {
        size_t put = fwrite(block, 1, got, out);
        assert(put == got);
    }
    fclose(in);
    int closed = fclose(out);
    assert(closed == 0);
}

void scratch_copy(const struct scratch *from, const struct scratch *to)
{
    each_file(from, to, file_copy);
}

size_t scratch_size(const struct scratch *scratch, const char *name)
{
    char path[SCRATCH_PATH];
    struct stat st;
    scratch_path(scratch, name, path);
    int found = stat(path, &st);
    assert(found == 0);
    return (size_t)st.st_size;
}

void scratch_flip(const struct scratch *scratch, const char *name, size_t at, uint8_t mask)
{
    char path[SCRATCH_PATH];
    uint8_t byte = 0;
    scratch_path(scratch, name, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert(fd >= 0);
    ssize_t got = pread(fd, &byte, 1, (off_t)at);
    byte ^= mask;
    ssize_t put = pwrite(fd, &byte, 1, (off_t)at);
    assert(got == 1 && put == 1);
    close(fd);
}

void scratch_cut(const struct scratch *scratch, const char *name, size_t len)
{
    char path[SCRATCH_PATH];
    scratch_path(scratch, name, path);
    int cut = truncate(path, (off_t)len);
    assert(cut == 0);
}

uint64_t scratch_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct amp_str scratch_body(uint64_t seq, char *room, size_t cap)
{
    uint64_t state = seq;
    size_t len = (size_t)(scratch_random(&state) % (cap + 1));
    if (seq % 17 == 0) {
        len = 0;
    }
    for (size_t i = 0; i < len; i++) {
        room[i] = (char)(scratch_random(&state) & 0xff);
    }
    return (struct amp_str){.ptr = room, .len = len};
}

struct amp_draft scratch_draft(uint64_t seq, char *room, size_t cap)
{
    struct amp_draft draft = {.body = scratch_body(seq, room, cap)};
    uint64_t state = ~seq;
    for (size_t i = 0; i < AMP_SALT; i++) {
        draft.salt[i] = (uint8_t)scratch_random(&state);
    }
    return draft;
}

struct amp_record scratch_record(uint64_t seq, char *room, size_t cap)
{
    struct amp_draft draft = scratch_draft(seq, room, cap);
    struct amp_record record = {.seq = seq, .body = draft.body};
    memcpy(record.salt, draft.salt, AMP_SALT);
    amp_merkle_leaf_of(record.salt, record.body, record.leaf);
    return record;
}
