/* Who may publish to the gateway's own MQTT door: a file of NAME:DIGEST, which `--mqtt-add` writes.
 */
#include "base/crypto.h"
#include "cli/cli.h"
#include "cli/gate.h"
#include "server/random.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 16 << 20,
    PATH_BYTES = 4096,
    GROUPS = 4, /* of a password: 4 times 5 signs of 5 bits are 100 bits */
    SIGNS = 5
};

/* A name is a level of a topic, and stands before a colon. */
static bool name_valid(struct amp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c == 0x7f || strchr(":/+#,", c) != NULL) {
            return false;
        }
    }
    return name.len > 0 && name.len < AMP_GATE_NAME && name.ptr[0] != '#';
}

static int rows_order(const void *a, const void *b)
{
    return strcmp(((const struct amp_gate_user *)a)->name, ((const struct amp_gate_user *)b)->name);
}

static amp_err row_read(struct amp_str line, struct amp_gate_user *out)
{
    struct amp_str name = {0};
    struct amp_str digest = amp_str_cut(line, ':', &name);
    size_t n = 0;
    amp_err err = name_valid(name) ? amp_str_copy(out->name, sizeof out->name, name) : AMP_E_SYNTAX;
    err = err ? err : amp_hex_read(digest, out->digest, sizeof out->digest, &n);
    return err == AMP_OK && n == sizeof out->digest ? AMP_OK : AMP_E_SYNTAX;
}

static amp_err rows_read(struct amp_str text, struct amp_gate_users *out, struct amp_why *why)
{
    amp_err err = AMP_OK;
    for (size_t number = 1; err == AMP_OK && text.len > 0; number++) {
        struct amp_str line = {0};
        text = amp_str_cut(text, '\n', &line);
        line = amp_str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (out->n == AMP_GATE_DEVICES) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d names", AMP_GATE_DEVICES);
        }
        err = row_read(line, &out->row[out->n++]);
        if (err != AMP_OK) {
            err =
                amp_fail(why, err,
                         "line %zu is not NAME:DIGEST; --mqtt-add NAME writes such a line", number);
        }
    }
    return err;
}

static amp_err once_each(const struct amp_gate_users *users, struct amp_why *why)
{
    for (size_t i = 1; i < users->n; i++) {
        if (strcmp(users->row[i - 1].name, users->row[i].name) == 0) {
            return amp_fail(why, AMP_E_EXISTS, "%s is there twice", users->row[i].name);
        }
    }
    return AMP_OK;
}

amp_err amp_gate_users_read(const char *path, struct amp_gate_users *out, struct amp_why *why)
{
    struct amp_buf text = {0};
    struct amp_why inner = {""};
    *out = (struct amp_gate_users){0};
    amp_err err = amp_cli_read_file(path, FILE_MAX, &text, why);
    if (err != AMP_OK) {
        return err;
    }
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    lines = lines < AMP_GATE_DEVICES ? lines : AMP_GATE_DEVICES;
    out->row = calloc(lines, sizeof *out->row);
    err = out->row != NULL ? rows_read(amp_buf_view(&text), out, &inner) : AMP_E_NOMEM;
    amp_buf_free(&text);
    if (err == AMP_OK) {
        qsort(out->row, out->n, sizeof *out->row, rows_order);
        err = once_each(out, &inner);
    }
    if (err != AMP_OK) {
        amp_gate_users_free(out);
        return amp_fail(why, err, "%s: %.200s", path, inner.text);
    }
    return AMP_OK;
}

void amp_gate_users_free(struct amp_gate_users *users)
{
    free(users->row);
    *users = (struct amp_gate_users){0};
}

static const struct amp_gate_user *user_find(const struct amp_gate_users *users,
                                             struct amp_str name)
{
    struct amp_gate_user key = {0};
    return users->n > 0 && amp_str_copy(key.name, sizeof key.name, name) == AMP_OK
               ? bsearch(&key, users->row, users->n, sizeof key, rows_order)
               : NULL;
}

bool amp_gate_user_stays(const struct amp_gate_users *before, const struct amp_gate_users *after,
                         struct amp_str name)
{
    const struct amp_gate_user *was = user_find(before, name), *is = user_find(after, name);
    return was != NULL && is != NULL && amp_same(was->digest, is->digest, sizeof is->digest);
}

/* The password has a hundred bits of chance: one digest is enough, and is quick when ten thousand
 * phones come back at once. */
bool amp_gate_user_known(const struct amp_gate_users *users, struct amp_str name,
                         struct amp_str password)
{
    const struct amp_gate_user *row = user_find(users, name);
    uint8_t digest[AMP_SHA256];
    amp_sha256(password.len > 0 ? password.ptr : "", password.len, digest);
    return row != NULL && amp_same(digest, row->digest, sizeof digest);
}

/* ---- adding one ---- */

static void password_make(char out[GROUPS * (SIGNS + 1)])
{
    static const char sign[] =
        "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's: none looks like another */
    uint8_t chance[GROUPS * SIGNS];
    size_t n = 0;
    amp_random(chance, sizeof chance);
    for (size_t i = 0; i < sizeof chance; i++) {
        if (i > 0 && i % SIGNS == 0) {
            out[n++] = '-';
        }
        out[n++] = sign[chance[i] % 32];
    }
    out[n] = '\0';
    amp_wipe(chance, sizeof chance);
}

/* All lines but that of the name, which gets a new one at the end. */
static void lines_write(struct amp_str text, const char *name, const char *password,
                        struct amp_buf *out)
{
    uint8_t digest[AMP_SHA256];
    while (text.len > 0) {
        struct amp_str line = {0};
        struct amp_str of = {0};
        text = amp_str_cut(text, '\n', &line);
        (void)amp_str_cut(amp_str_trim(line), ':', &of);
        if (!amp_str_is(of, name)) {
            amp_buf_str(out, line);
            amp_buf_char(out, '\n');
        }
    }
    amp_sha256(password, strlen(password), digest);
    amp_buf_text(out, name);
    amp_buf_char(out, ':');
    amp_hex_put(out, digest, sizeof digest);
    amp_buf_char(out, '\n');
}

/* In place of the old file at once, or not at all. */
static amp_err file_replace(const char *path, struct amp_str text, struct amp_why *why)
{
    char beside[PATH_BYTES];
    int n = snprintf(beside, sizeof beside, "%s.new", path);
    if (n < 0 || n >= PATH_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "%s: its name is too long", path);
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (good && rename(beside, path) != 0) {
        good = false;
        number = errno;
    }
    if (!good && fd >= 0) {
        (void)unlink(beside);
    }
    return good ? AMP_OK : amp_fail(why, AMP_E_IO, "%s: %s", path, strerror(number));
}

amp_err amp_gate_user_add(const char *path, const char *name, struct amp_why *why)
{
    struct amp_gate_users users = {0};
    struct amp_buf old = {0};
    struct amp_buf text = amp_buf_make(FILE_MAX);
    char password[GROUPS * (SIGNS + 1)];
    if (!name_valid(amp_str_of(name))) {
        return amp_fail(why, AMP_E_USAGE,
                        "a name has no blank and none of : / + # , and is shorter than %d bytes",
                        AMP_GATE_NAME);
    }
    amp_err err = AMP_OK;
    if (access(path, F_OK) == 0) { /* and what is no such file is not written over */
        err = amp_gate_users_read(path, &users, why);
        err = err ? err : amp_cli_read_file(path, FILE_MAX, &old, why);
    }
    if (err == AMP_OK) {
        password_make(password);
        lines_write(amp_buf_view(&old), name, password, &text);
        err = amp_buf_err(&text);
    }
    err = err ? err : file_replace(path, amp_buf_view(&text), why);
    if (err == AMP_OK) {
        (void)printf("%s\n", password);
        (void)fprintf(stderr,
                      "amparo: %s is in %s; this password is shown once. A gateway that runs reads "
                      "the file again on SIGHUP\n",
                      name, path);
    }
    amp_wipe(password, sizeof password);
    amp_gate_users_free(&users);
    amp_buf_free(&old);
    amp_buf_free(&text);
    return err;
}
