/* Media in their folder: pieces taken, wholes named, what belongs to nothing removed. */
#include "server/mediastore.h"
#include "base/str.h"
#include "server/medium.h"
#include "server/random.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME = 64,
    PLAIN_MAX = 64 << 20
};

static const char folder[] = "media";

static amp_err io_fail(struct amp_why *why, const char *doing)
{
    int number = errno;
    amp_err err = number == ENOSPC || number == EDQUOT ? AMP_E_FULL
                  : number == ENOENT                   ? AMP_E_NOT_FOUND
                  : number == ENOMEM                   ? AMP_E_NOMEM
                                                       : AMP_E_IO;
    return amp_fail(why, err, "%s a medium: %s", doing, strerror(number));
}

static int folder_open(const char *dir, bool make)
{
    int data = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (data < 0) {
        return -1;
    }
    if (make) {
        (void)mkdirat(data, folder, 0700);
    }
    int fd = openat(data, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)close(data);
    return fd;
}

bool amp_media_upload_valid(struct amp_str upload)
{
    for (size_t i = 0; i < upload.len; i++) {
        char c = upload.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
            return false;
        }
    }
    return upload.len >= 8 && upload.len <= AMP_MEDIA_UPLOAD;
}

/* ---- a file as bytes ---- */

static amp_err file_map(int fd, struct amp_str *out, struct amp_why *why)
{
    struct stat about;
    *out = (struct amp_str){0};
    if (fstat(fd, &about) != 0) {
        return io_fail(why, "looking at");
    }
    if (about.st_size == 0) {
        return AMP_OK;
    }
    void *at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        return io_fail(why, "reading");
    }
    *out = (struct amp_str){at, (size_t)about.st_size};
    return AMP_OK;
}

static void file_unmap(struct amp_str file)
{
    if (file.len > 0) {
        (void)munmap((void *)(uintptr_t)file.ptr, file.len);
    }
}

static amp_err all_write(int fd, struct amp_str bytes, size_t at, struct amp_why *why)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)at);
        if (n < 0 && errno != EINTR) {
            return io_fail(why, "storing");
        }
        size_t done = n > 0 ? (size_t)n : 0;
        bytes = (struct amp_str){bytes.ptr + done, bytes.len - done};
        at += done;
    }
    return AMP_OK;
}

/* ---- a piece ---- */

/* How far the file is; a new one, or one torn in its first bytes, has its head written. */
static amp_err file_measure(int fd, char head[AMP_MEDIUM_HEAD], size_t *whole, uint64_t *held,
                            struct amp_why *why)
{
    struct amp_str file = {0};
    amp_err err = file_map(fd, &file, why);
    if (err != AMP_OK) {
        return err;
    }
    err = amp_medium_measure(file, whole, held);
    if (err == AMP_OK) {
        memcpy(head, file.ptr, AMP_MEDIUM_HEAD);
    }
    file_unmap(file);
    if (err == AMP_OK) {
        return AMP_OK;
    }
    uint8_t id[16];
    struct amp_buf buf = amp_buf_over(head, AMP_MEDIUM_HEAD + 1);
    amp_random(id, sizeof id);
    amp_medium_head(id, &buf);
    *whole = AMP_MEDIUM_HEAD;
    *held = 0;
    return all_write(fd, (struct amp_str){head, AMP_MEDIUM_HEAD}, 0, why);
}

/* Written behind what is whole, or not at all. */
static amp_err piece_add(int fd, const struct amp_media_piece *piece, const char *head,
                         size_t whole, struct amp_why *why)
{
    uint8_t nonce[AMP_NONCE];
    struct amp_buf sealed = amp_buf_make(AMP_MEDIUM_PIECE + AMP_SEAL_EXTRA + 64);
    amp_random(nonce, sizeof nonce);
    amp_medium_piece(piece->key, nonce, (struct amp_str){head, AMP_MEDIUM_HEAD}, piece->offset,
                     piece->bytes, &sealed);
    amp_err err = amp_buf_err(&sealed);
    if (err == AMP_OK && ftruncate(fd, (off_t)whole) != 0) {
        err = io_fail(why, "storing");
    }
    err = err ? err : all_write(fd, amp_buf_view(&sealed), whole, why);
    if (err == AMP_OK && fdatasync(fd) != 0) {
        err = io_fail(why, "storing");
    }
    if (err != AMP_OK) {
        (void)!ftruncate(fd, (off_t)whole);
    }
    amp_buf_free(&sealed);
    return err;
}

static void hash_text(struct amp_str bytes, char out[AMP_MEDIA_HASH])
{
    uint8_t hash[AMP_SHA256];
    struct amp_buf hex = amp_buf_over(out, AMP_MEDIA_HASH);
    amp_sha256(bytes.ptr, bytes.len, hash);
    amp_hex_put(&hex, hash, sizeof hash);
    (void)amp_buf_cstr(&hex);
}

static amp_err whole_look(int fd, struct amp_media_piece *piece, struct amp_why *why)
{
    struct amp_str file = {0};
    struct amp_buf plain = amp_buf_make(PLAIN_MAX);
    amp_err err = file_map(fd, &file, why);
    err = err ? err : amp_medium_open(piece->key, file, &plain);
    err = err ? err : amp_buf_err(&plain);
    if (err == AMP_OK) {
        struct amp_str bytes = amp_buf_view(&plain);
        piece->kind = amp_medium_sniff(bytes);
        hash_text(file, piece->label);
        hash_text(bytes, piece->digest);
        err = piece->kind != NULL
                  ? AMP_OK
                  : amp_fail(why, AMP_E_UNSUPPORTED,
                             "this is no picture, video or sound of a kind that is taken");
    }
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    file_unmap(file);
    return err;
}

static amp_err whole_name(int dir, const char *name, struct amp_media_piece *piece,
                          struct amp_why *why)
{
    if (linkat(dir, name, dir, piece->label, 0) != 0 && errno != EEXIST) {
        return io_fail(why, "naming");
    }
    if (fsync(dir) != 0) {
        return io_fail(why, "storing");
    }
    piece->whole = true;
    return AMP_OK;
}

static amp_err file_take(int dir, int fd, const char *name, struct amp_media_piece *piece,
                         struct amp_why *why)
{
    char head[AMP_MEDIUM_HEAD + 1];
    size_t whole = 0;
    amp_err err = file_measure(fd, head, &whole, &piece->held, why);
    if (err == AMP_OK && piece->bytes.len > 0 && piece->offset > piece->held) {
        return amp_fail(why, AMP_E_CONFLICT, "the piece before is missing");
    }
    if (err == AMP_OK && piece->bytes.len > 0 && piece->offset == piece->held &&
        piece->held < piece->total) {
        err = piece_add(fd, piece, head, whole, why);
        piece->held += err == AMP_OK ? piece->bytes.len : 0;
    }
    if (err != AMP_OK || piece->total == 0 || piece->held != piece->total) {
        return err;
    }
    err = whole_look(fd, piece, why);
    if (err == AMP_OK) {
        return whole_name(dir, name, piece, why);
    }
    if (err == AMP_E_UNSUPPORTED || err == AMP_E_CORRUPT) {
        (void)unlinkat(dir, name, 0);
        piece->held = 0;
    }
    return err;
}

amp_err amp_media_take(struct amp_media_piece *piece, struct amp_why *why)
{
    char name[NAME];
    if (piece->link != 0) {
        (void)snprintf(name, sizeof name, "up-%u-%.*s", piece->link, (int)piece->upload.len,
                       piece->upload.ptr);
    } else {
        (void)snprintf(name, sizeof name, "cr-%u-%u-%.*s", piece->incident, piece->unit,
                       (int)piece->upload.len, piece->upload.ptr);
    }
    int dir = folder_open(piece->dir, true);
    if (dir < 0) {
        return io_fail(why, "finding the folder of");
    }
    bool asks = piece->bytes.len == 0;
    int fd = openat(dir, name, (asks ? O_RDWR : O_RDWR | O_CREAT) | O_CLOEXEC | O_NOFOLLOW, 0600);
    amp_err err = fd < 0 && !(asks && errno == ENOENT) ? io_fail(why, "storing") : AMP_OK;
    if (fd >= 0) {
        err = file_take(dir, fd, name, piece, why);
        (void)close(fd);
    }
    (void)close(dir);
    return err;
}

/* ---- reading ---- */

amp_err amp_media_read(const char *dir, const char *label, const uint8_t key[AMP_KEY],
                       struct amp_buf *out, struct amp_why *why)
{
    char hash[AMP_MEDIA_HASH];
    struct amp_str file = {0};
    int at = folder_open(dir, false);
    int fd = at >= 0 && strchr(label, '/') == NULL
                 ? openat(at, label, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    amp_err err = fd >= 0 ? file_map(fd, &file, why) : io_fail(why, "reading");
    if (err == AMP_OK) {
        hash_text(file, hash);
        err = strcmp(hash, label) == 0 ? amp_medium_open(key, file, out) : AMP_E_CORRUPT;
        if (err == AMP_E_CORRUPT) {
            (void)amp_fail(why, err, "the stored bytes are not those that the record tells of");
        }
    }
    file_unmap(file);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (at >= 0) {
        (void)close(at);
    }
    return err;
}

/* ---- to another directory ---- */

/* The bytes of a medium, if they are those of its label. */
static amp_err good_map(int dir, const char *label, struct amp_str *out, struct amp_why *why)
{
    char hash[AMP_MEDIA_HASH];
    int fd = dir >= 0 ? openat(dir, label, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) {
        return io_fail(why, "reading");
    }
    amp_err err = file_map(fd, out, why);
    (void)close(fd);
    if (err == AMP_OK) {
        hash_text(*out, hash);
    }
    if (err == AMP_OK && strcmp(hash, label) != 0) {
        file_unmap(*out);
        err = amp_fail(why, AMP_E_CORRUPT, "%s has other bytes than its name says", label);
    }
    return err;
}

/* Under another name first: what has the name of its hash is whole. */
static amp_err whole_write(int dir, const char *label, struct amp_str bytes, struct amp_why *why)
{
    char part[AMP_MEDIA_HASH + 8];
    (void)snprintf(part, sizeof part, "%s.part", label);
    int fd = openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    amp_err err = fd < 0 ? io_fail(why, "storing") : all_write(fd, bytes, 0, why);
    if (err == AMP_OK && fdatasync(fd) != 0) {
        err = io_fail(why, "storing");
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == AMP_OK && (renameat(dir, part, dir, label) != 0 || fsync(dir) != 0)) {
        err = io_fail(why, "naming");
    }
    if (err != AMP_OK && fd >= 0) {
        (void)unlinkat(dir, part, 0);
    }
    return err;
}

amp_err amp_media_copy_one(const char *from, const char *to, const char *label, uint64_t *bytes,
                           struct amp_why *why)
{
    struct amp_str file = {0};
    int source = folder_open(from, false), target = folder_open(to, true);
    amp_err err = target < 0 ? io_fail(why, "finding the folder for") : AMP_OK;
    bool there = err == AMP_OK && good_map(target, label, &file, NULL) == AMP_OK;
    if (err == AMP_OK && !there) {
        err = good_map(source, label, &file, why);
        err = err ? err : whole_write(target, label, file, why);
    }
    if (err == AMP_OK) {
        *bytes = file.len;
    }
    file_unmap(file);
    if (source >= 0) {
        (void)close(source);
    }
    if (target >= 0) {
        (void)close(target);
    }
    return err;
}

/* ---- what belongs to nothing ---- */

static int label_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_upload(const char *name)
{
    return strncmp(name, "up-", 3) == 0 || strncmp(name, "cr-", 3) == 0;
}

/* Its link lives, or its incident is open. */
static bool upload_kept(const char *name, const struct amp_media_kept *kept)
{
    bool crew = name[0] == 'c';
    size_t known = crew ? kept->incident_n : kept->link_n;
    struct amp_str number = {0};
    uint64_t n = 0;
    (void)amp_str_cut(amp_str_of(name + 3), '-', &number);
    return amp_str_u64(number, &n) == AMP_OK && n >= 1 &&
           (n > known || (crew ? kept->open : kept->live)[n - 1]);
}

static bool is_kept(int dir, const char *name, const struct amp_media_kept *kept)
{
    struct stat about;
    if (is_upload(name)) {
        return upload_kept(name, kept);
    }
    if (kept->label_n > 0 &&
        bsearch(&name, kept->label, kept->label_n, sizeof *kept->label, label_order) != NULL) {
        return true;
    }
    /* whole, and its record is under way: the upload's name is still there */
    return fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_nlink > 1;
}

static size_t uploads_or_wholes(int dir, bool uploads, const struct amp_media_kept *kept)
{
    size_t n = 0;
    int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *all = again >= 0 ? fdopendir(again) : NULL;
    if (all == NULL) {
        if (again >= 0) {
            (void)close(again);
        }
        return 0;
    }
    for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
        bool upload = is_upload(entry->d_name);
        if (entry->d_name[0] != '.' && upload == uploads && !is_kept(dir, entry->d_name, kept)) {
            n += unlinkat(dir, entry->d_name, 0) == 0;
        }
    }
    (void)closedir(all);
    return n;
}

size_t amp_media_sweep(const char *dir, const struct amp_media_kept *kept)
{
    int at = folder_open(dir, false);
    if (at < 0) {
        return 0;
    }
    size_t n = uploads_or_wholes(at, true, kept);
    n += uploads_or_wholes(at, false, kept);
    (void)close(at);
    return n;
}
