/* Reads the master key from a command, a file or the service manager, or makes the first one. */
#include "cli/master.h"
#include "cli/cli.h"
#include "server/random.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TEXT_MAX = 256,
    PATH_BYTES = 4096
};

static amp_err text_read(struct amp_str text, const char *where, uint8_t out[AMP_KEY],
                         struct amp_why *why)
{
    uint8_t key[AMP_KEY];
    size_t len = 0;
    if (amp_hex_read(amp_str_trim(text), key, sizeof key, &len) != AMP_OK || len != AMP_KEY) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s does not hold a master key: 64 hexadecimal digits, such as `openssl "
                        "rand -hex 32` prints",
                        where);
    }
    memcpy(out, key, AMP_KEY);
    amp_wipe(key, sizeof key);
    return AMP_OK;
}

static amp_err stream_read(FILE *file, const char *where, uint8_t out[AMP_KEY], struct amp_why *why)
{
    char text[TEXT_MAX];
    size_t n = fread(text, 1, sizeof text, file);
    amp_err err = text_read((struct amp_str){text, n}, where, out, why);
    amp_wipe(text, sizeof text);
    return err;
}

static amp_err from_command(const char *command, uint8_t out[AMP_KEY], struct amp_why *why)
{
    FILE *pipe = popen(command, "re");
    if (pipe == NULL) {
        return amp_fail(why, AMP_E_IO, "the command for the master key cannot be run: %s",
                        strerror(errno));
    }
    amp_err err = stream_read(pipe, "what the command for the master key printed", out, why);
    int status = pclose(pipe);
    if (status != 0) {
        return amp_fail(why, AMP_E_IO, "the command for the master key failed (status %d)", status);
    }
    return err;
}

static amp_err from_file(const char *path, bool guarded, uint8_t out[AMP_KEY], struct amp_why *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 && fstat(fd, &st) == 0 ? fdopen(fd, "re") : NULL;
    if (file == NULL) {
        int number = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return amp_fail(why, number == ENOENT ? AMP_E_NOT_FOUND : AMP_E_IO,
                        "the master key %s cannot be read: %s", path, strerror(number));
    }
    amp_err err = AMP_OK;
    if (guarded && (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)) {
        err = amp_fail(why, AMP_E_FORBIDDEN,
                       "others may read or change the master key %s: chmod 600 it, and consider it "
                       "known",
                       path);
    }
    err = err ? err : stream_read(file, path, out, why);
    (void)fclose(file);
    return err;
}

/* Durable before anything is sealed with it: a key that is lost loses all. */
static amp_err file_make(const char *path, const char *dir, uint8_t out[AMP_KEY],
                         struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(TEXT_MAX);
    amp_random(out, AMP_KEY);
    amp_hex_put(&text, out, AMP_KEY);
    amp_buf_char(&text, '\n');
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = good && folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) {
        (void)close(folder);
    }
    amp_wipe(text.data, text.cap);
    amp_buf_free(&text);
    return good ? AMP_OK
                : amp_fail(why, AMP_E_IO, "the master key %s cannot be written: %s", path,
                           strerror(number));
}

static amp_err from_dir(const struct amp_master_from *from, uint8_t out[AMP_KEY], bool *made,
                        struct amp_why *why)
{
    char key[PATH_BYTES], journal[PATH_BYTES];
    int n = snprintf(key, sizeof key, "%s/master.key", from->dir);
    int m = snprintf(journal, sizeof journal, "%s/journal.db", from->dir);
    if (n >= PATH_BYTES || m >= PATH_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "the directory's name is too long");
    }
    if (access(key, F_OK) == 0 || access(journal, F_OK) == 0 || !from->make) {
        amp_err err = from_file(key, true, out, why);
        return err == AMP_E_NOT_FOUND
                   ? amp_fail(why, err,
                              "there is a journal in %s, and its master key is not beside it: say "
                              "where it is with --master-key FILE or --master-key-command COMMAND",
                              from->dir)
                   : err;
    }
    *made = true;
    return file_make(key, from->dir, out, why);
}

amp_err amp_cli_master(const struct amp_master_from *from, uint8_t out[AMP_KEY], bool *made,
                       struct amp_why *why)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[PATH_BYTES];
    *made = false;
    amp_err err = amp_crypto_start();
    if (err != AMP_OK) {
        return err;
    }
    if (from->command != NULL) {
        return from_command(from->command, out, why);
    }
    if (from->file != NULL) {
        return from_file(from->file, true, out, why);
    }
    if (credentials != NULL &&
        snprintf(path, sizeof path, "%s/master.key", credentials) < PATH_BYTES &&
        access(path, F_OK) == 0) {
        return from_file(path, false, out, why); /* its modes are the manager's business */
    }
    return from_dir(from, out, made, why);
}
