/* For tests: a disk that fails on demand, and one that loses power. */
#include "journal/fault_vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NAME_MAX_LEN = 64,
    SECTOR = 512
};

enum deed_kind {
    DEED_WRITE,
    DEED_TRUNCATE,
    DEED_SYNC,
    DEED_SYNC_DIR, /* makes deletions durable */
    DEED_DELETE
};

struct deed { /* one remembered operation */
    enum deed_kind kind;
    char name[NAME_MAX_LEN]; /* of the file, without its directory */
    int64_t at;              /* offset, or the new length */
    size_t len;
    uint8_t *data; /* owned */
};

struct fault_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    pthread_mutex_t lock; /* over the next three: many threads may use one disk */
    struct fault_plan plan;
    uint64_t seen;
    bool struck;
    bool remembering; /* by one thread alone, and what follows */
    struct deed *deed;
    size_t len, cap;
};

struct fault_file {
    sqlite3_file base;
    struct fault_vfs *vfs;
    char name[NAME_MAX_LEN];
    bool sync_dir; /* SQLite syncs the directory with the first sync of a log that it may make */
    sqlite3_file *real; /* in the bytes that follow this struct */
};

static struct fault_vfs *vfs_of(sqlite3_vfs *base)
{
    return base->pAppData;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static void name_of(const char *path, char out[NAME_MAX_LEN])
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    snprintf(out, NAME_MAX_LEN, "%s", slash ? slash + 1 : path ? path : "");
}

static void deed_note(struct fault_vfs *vfs, struct deed deed, const void *data)
{
    if (!vfs->remembering) {
        return;
    }
    if (vfs->len == vfs->cap) {
        vfs->cap = vfs->cap ? 2 * vfs->cap : 1024;
        vfs->deed = reallocarray(vfs->deed, vfs->cap, sizeof *vfs->deed);
        assert(vfs->deed);
    }
    if (data) {
        deed.data = malloc(deed.len);
        assert(deed.data);
        memcpy(deed.data, data, deed.len);
    }
    vfs->deed[vfs->len++] = deed;
}

static const int code_of[] = {
    [FAULT_IO_WRITE] = SQLITE_IOERR_WRITE,
    [FAULT_IO_SYNC] = SQLITE_IOERR_FSYNC,
    [FAULT_IO_TRUNCATE] = SQLITE_IOERR_TRUNCATE,
    [FAULT_CANTOPEN] = SQLITE_CANTOPEN,
    [FAULT_FULL] = SQLITE_FULL,
};

/* The code to fail with, or SQLITE_OK. */
static int fault_ask(struct fault_vfs *vfs, enum fault_op op)
{
    int rc = SQLITE_OK;
    pthread_mutex_lock(&vfs->lock);
    vfs->seen += vfs->plan.op == op;
    if (vfs->plan.op == op &&
        (vfs->seen == vfs->plan.at || (vfs->plan.stays && vfs->seen > vfs->plan.at))) {
        vfs->struck = true;
        rc = code_of[vfs->plan.code];
    }
    pthread_mutex_unlock(&vfs->lock);
    return rc;
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    struct fault_file *ff = (struct fault_file *)file;
    int rc = fault_ask(ff->vfs, FAULT_WRITE);
    int cut = rc == SQLITE_OK ? fault_ask(ff->vfs, FAULT_SHORT) : SQLITE_OK;
    if (rc != SQLITE_OK) {
        return rc;
    }
    if (cut != SQLITE_OK) {
        (void)ff->real->pMethods->xWrite(ff->real, data, len / 3, at);
        return cut;
    }
    struct deed deed = {.kind = DEED_WRITE, .at = at, .len = (size_t)len};
    memcpy(deed.name, ff->name, sizeof deed.name);
    deed_note(ff->vfs, deed, data);
    return ff->real->pMethods->xWrite(ff->real, data, len, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct fault_file *ff = (struct fault_file *)file;
    int rc = fault_ask(ff->vfs, FAULT_TRUNCATE);
    if (rc != SQLITE_OK) {
        return rc;
    }
    struct deed deed = {.kind = DEED_TRUNCATE, .at = len};
    memcpy(deed.name, ff->name, sizeof deed.name);
    deed_note(ff->vfs, deed, NULL);
    return ff->real->pMethods->xTruncate(ff->real, len);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct fault_file *ff = (struct fault_file *)file;
    int rc = fault_ask(ff->vfs, FAULT_SYNC);
    if (rc == SQLITE_OK && strcmp(ff->name, "journal.db") == 0) {
        rc = fault_ask(ff->vfs, FAULT_SYNC_DB);
    }
    if (rc != SQLITE_OK) {
        return rc;
    }
    struct deed deed = {.kind = DEED_SYNC};
    memcpy(deed.name, ff->name, sizeof deed.name);
    deed_note(ff->vfs, deed, NULL);
    rc = ff->real->pMethods->xSync(ff->real, flags);
    if (rc == SQLITE_OK && ff->sync_dir) {
        ff->sync_dir = false;
        deed_note(ff->vfs, (struct deed){.kind = DEED_SYNC_DIR}, NULL);
    }
    return rc;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, len, at);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_reserved(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shm_unmap(sqlite3_file *file, int drop)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), drop);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int vfs_open(sqlite3_vfs *base, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct fault_file *ff = (struct fault_file *)file;
    struct fault_vfs *vfs = vfs_of(base);
    *ff = (struct fault_file){.vfs = vfs, .real = (sqlite3_file *)(ff + 1)};
    name_of(path, ff->name);
    ff->sync_dir =
        (flags & SQLITE_OPEN_CREATE) && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL));
    int rc = fault_ask(vfs, FAULT_OPEN);
    if (rc == SQLITE_OK) {
        rc = vfs->real->xOpen(vfs->real, path, ff->real, flags, out);
    }
    ff->base.pMethods = rc == SQLITE_OK ? &file_methods : NULL;
    return rc;
}

static int vfs_delete(sqlite3_vfs *base, const char *path, int sync_dir)
{
    struct fault_vfs *vfs = vfs_of(base);
    struct deed deed = {.kind = DEED_DELETE};
    name_of(path, deed.name);
    deed_note(vfs, deed, NULL);
    return vfs->real->xDelete(vfs->real, path, sync_dir);
}

static int vfs_access(sqlite3_vfs *base, const char *path, int flags, int *out)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xAccess(real, path, flags, out);
}

static int vfs_full_path(sqlite3_vfs *base, const char *path, int len, char *out)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xFullPathname(real, path, len, out);
}

static int vfs_random(sqlite3_vfs *base, int len, char *out)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xRandomness(real, len, out);
}

static int vfs_sleep(sqlite3_vfs *base, int us)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xSleep(real, us);
}

static int vfs_time(sqlite3_vfs *base, double *out)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xCurrentTime(real, out);
}

static int vfs_error(sqlite3_vfs *base, int len, char *out)
{
    sqlite3_vfs *real = vfs_of(base)->real;
    return real->xGetLastError(real, len, out);
}

struct fault_vfs *fault_vfs_install(void)
{
    struct fault_vfs *vfs = calloc(1, sizeof *vfs);
    assert(vfs);
    pthread_mutex_init(&vfs->lock, NULL);
    vfs->real = sqlite3_vfs_find(NULL);
    vfs->base = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct fault_file) + vfs->real->szOsFile,
        .mxPathname = vfs->real->mxPathname,
        .zName = "fault",
        .pAppData = vfs,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_error,
    };
    int rc = sqlite3_vfs_register(&vfs->base, 1);
    assert(rc == SQLITE_OK);
    return vfs;
}

void fault_vfs_remove(struct fault_vfs *vfs)
{
    sqlite3_vfs_unregister(&vfs->base);
    sqlite3_vfs_register(vfs->real, 1);
    for (size_t i = 0; i < vfs->len; i++) {
        free(vfs->deed[i].data);
    }
    free(vfs->deed);
    pthread_mutex_destroy(&vfs->lock);
    free(vfs);
}

void fault_vfs_plan(struct fault_vfs *vfs, struct fault_plan plan)
{
    pthread_mutex_lock(&vfs->lock);
    vfs->plan = plan;
    vfs->seen = 0;
    vfs->struck = false;
    pthread_mutex_unlock(&vfs->lock);
}

bool fault_vfs_struck(struct fault_vfs *vfs)
{
    pthread_mutex_lock(&vfs->lock);
    bool struck = vfs->struck;
    pthread_mutex_unlock(&vfs->lock);
    return struck;
}

uint64_t fault_vfs_seen(struct fault_vfs *vfs)
{
    pthread_mutex_lock(&vfs->lock);
    uint64_t seen = vfs->seen;
    pthread_mutex_unlock(&vfs->lock);
    return seen;
}

void fault_vfs_remember(struct fault_vfs *vfs, bool on)
{
    vfs->remembering = on;
}

size_t fault_vfs_point(const struct fault_vfs *vfs)
{
    return vfs->len;
}

/* Was deed i safe on the disk when the power went at `point`? */
static bool deed_synced(const struct fault_vfs *vfs, size_t i, size_t point)
{
    const struct deed *deed = &vfs->deed[i];
    for (size_t k = i + 1; k < point; k++) {
        const struct deed *later = &vfs->deed[k];
        if (later->kind == DEED_SYNC_DIR && deed->kind == DEED_DELETE) {
            return true;
        }
        if (later->kind == DEED_SYNC && deed->kind != DEED_DELETE &&
            strcmp(later->name, deed->name) == 0) {
            return true;
        }
    }
    return false;
}

/* All of a write, or each of its sectors by chance. */
static void write_redo(int fd, const struct deed *deed, bool whole, uint64_t *random)
{
    for (size_t at = 0; at < deed->len;) {
        size_t end = at + SECTOR - ((size_t)deed->at + at) % SECTOR;
        end = end < deed->len ? end : deed->len;
        if (whole || scratch_random(random) % 2) {
            ssize_t put = pwrite(fd, deed->data + at, end - at, deed->at + (int64_t)at);
            assert(put == (ssize_t)(end - at));
        }
        at = end;
    }
}

static void deed_redo(const struct deed *deed, bool synced, uint64_t *random,
                      const struct scratch *to)
{
    char path[SCRATCH_PATH];
    uint64_t chance = scratch_random(random) % 3; /* of an unsynced deed: none, all, some */
    if (!synced && chance == 0) {
        return;
    }
    scratch_path(to, deed->name, path);
    if (deed->kind == DEED_DELETE) {
        unlink(path);
        return;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert(fd >= 0);
    if (deed->kind == DEED_WRITE) {
        write_redo(fd, deed, synced || chance == 1, random);
    } else if (deed->kind == DEED_TRUNCATE) {
        int cut = ftruncate(fd, deed->at);
        assert(cut == 0);
    }
    close(fd);
}

void fault_vfs_power_cut(const struct fault_vfs *vfs, size_t point, uint64_t *random,
                         const struct scratch *to)
{
    assert(point <= vfs->len);
    for (size_t i = 0; i < point; i++) {
        if (vfs->deed[i].kind != DEED_SYNC && vfs->deed[i].kind != DEED_SYNC_DIR) {
            deed_redo(&vfs->deed[i], deed_synced(vfs, i, point), random, to);
        }
    }
}

/* ---- memory ---- */

static struct { /* SQLite asks through functions without a context */
    sqlite3_mem_methods real;
    _Atomic uint64_t at, seen;
    atomic_bool struck;
} memory;

static bool memory_fails(void)
{
    bool fails = atomic_fetch_add(&memory.seen, 1) + 1 == atomic_load(&memory.at);
    if (fails) {
        atomic_store(&memory.struck, true);
    }
    return fails;
}

static void *memory_malloc(int n)
{
    return memory_fails() ? NULL : memory.real.xMalloc(n);
}

static void *memory_realloc(void *old, int n)
{
    return memory_fails() ? NULL : memory.real.xRealloc(old, n);
}

void fault_alloc_install(void)
{
    int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
    assert(rc == SQLITE_OK);
    sqlite3_mem_methods mine = memory.real;
    mine.xMalloc = memory_malloc;
    mine.xRealloc = memory_realloc;
    rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
    assert(rc == SQLITE_OK);
}

void fault_alloc_plan(uint64_t at)
{
    memory.at = at;
    memory.seen = 0;
    memory.struck = false;
}

uint64_t fault_alloc_seen(void)
{
    return memory.seen;
}

bool fault_alloc_struck(void)
{
    return memory.struck;
}

struct fault_pin {
    sqlite3 *db;
};

struct fault_pin *fault_pin_hold(const struct scratch *scratch)
{
    char path[SCRATCH_PATH];
    struct fault_pin *pin = calloc(1, sizeof *pin);
    assert(pin);
    scratch_path(scratch, "journal.db", path);
    int rc = sqlite3_open(path, &pin->db);
    assert(rc == SQLITE_OK);
    rc = sqlite3_exec(pin->db, "BEGIN; SELECT count(*) FROM head", NULL, NULL, NULL);
    assert(rc == SQLITE_OK);
    return pin;
}

void fault_pin_let(struct fault_pin *pin)
{
    int rc = sqlite3_exec(pin->db, "COMMIT", NULL, NULL, NULL);
    assert(rc == SQLITE_OK);
    sqlite3_close(pin->db);
    free(pin);
}

void fault_sql(const struct scratch *scratch, const char *sql)
{
    char path[SCRATCH_PATH];
    sqlite3 *db = NULL;
    scratch_path(scratch, "journal.db", path);
    int rc = sqlite3_open(path, &db);
    assert(rc == SQLITE_OK);
    rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    assert(rc == SQLITE_OK);
    sqlite3_close(db);
}
