/*
 * The store in memory: the simplest one that keeps the contract, for exercises and tests.
 *
 * Nothing here outlives the process. Record i is slot[i - 1]; a slot whose seq is 0 is missing.
 * All handles share one heart, which is freed with the last of them. Its lock is held for a moment
 * only, never while a visitor runs: bodies stay where they are until the heart is freed, and
 * secrets are copied out.
 */
#include "journal/memory.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "journal/journal.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct memory_slot {
    struct amp_record record;
    char *body; /* owned */
};

struct memory_secret {
    char *name;  /* owned, terminated */
    char *value; /* owned */
    size_t len;
};

struct memory_heart {
    pthread_mutex_t lock;
    size_t handles;
    struct memory_slot *slot;
    size_t len, cap;
    struct amp_node *node; /* in the order they came */
    size_t node_len, node_cap;
    struct memory_secret *secret; /* in order of name */
    size_t secret_len, secret_cap;
    struct amp_head head;
    struct amp_memory_fault fault;
    bool dead;
};

struct memory_store {
    struct amp_store base;
    struct memory_heart *heart;
    bool read_only;
};

static struct memory_store *memory_of(struct amp_store *store)
{
    return (struct memory_store *)store; /* base is its first member */
}

/* Takes the lock and returns what is behind it. */
static struct memory_heart *heart_take(struct amp_store *store)
{
    struct memory_heart *mem = memory_of(store)->heart;
    (void)pthread_mutex_lock(&mem->lock);
    return mem;
}

static void heart_let(struct memory_heart *mem)
{
    (void)pthread_mutex_unlock(&mem->lock);
}

static amp_err dead_say(struct amp_why *why)
{
    return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
}

/* The array with room for `need` items, moved if it must be; NULL, and as it was, without memory.
 */
static void *room_make(void *at, size_t *cap, size_t need, size_t item)
{
    if (need <= *cap) {
        return at;
    }
    size_t more = *cap ? *cap * 2 : 64;
    while (more < need) {
        more *= 2;
    }
    void *bigger = reallocarray(at, more, item);
    if (bigger) {
        *cap = more;
    }
    return bigger;
}

static amp_err rooms_make(struct memory_heart *mem, const struct amp_batch *batch)
{
    void *slot = room_make(mem->slot, &mem->cap, mem->len + batch->n + 1, sizeof *mem->slot);
    mem->slot = slot ? slot : mem->slot;
    void *node =
        room_make(mem->node, &mem->node_cap, mem->node_len + batch->node_n + 1, sizeof *mem->node);
    mem->node = node ? node : mem->node;
    void *secret = room_make(mem->secret, &mem->secret_cap, mem->secret_len + batch->secret_n + 1,
                             sizeof *mem->secret);
    mem->secret = secret ? secret : mem->secret;
    return slot && node && secret ? AMP_OK : AMP_E_NOMEM;
}

static void slots_cut(struct memory_heart *mem, size_t len)
{
    while (mem->len > len) {
        mem->len--;
        free(mem->slot[mem->len].body);
    }
}

static amp_err slot_add(struct memory_heart *mem, const struct amp_record *record)
{
    char *body = malloc(record->body.len + 1);
    if (!body) {
        return AMP_E_NOMEM;
    }
    if (record->body.len > 0) {
        memcpy(body, record->body.ptr, record->body.len);
    }
    struct memory_slot *slot = &mem->slot[mem->len++];
    slot->record = *record;
    slot->record.body.ptr = body;
    slot->body = body;
    return AMP_OK;
}

/* ---- secrets ---- */

/* The place of the first name that is not before `name`. */
static size_t secret_seek(const struct memory_heart *mem, struct amp_str name, bool *out_there)
{
    size_t low = 0, high = mem->secret_len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const char *at = mem->secret[mid].name;
        int order = strncmp(at, name.len ? name.ptr : "", name.len);
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *out_there = low < mem->secret_len && amp_str_is(name, mem->secret[low].name);
    return low;
}

static void secret_free(struct memory_secret *secret)
{
    if (secret->value) {
        amp_wipe(secret->value, secret->len);
    }
    free(secret->value);
    free(secret->name);
    *secret = (struct memory_secret){.name = NULL};
}

static amp_err secret_copy(const struct amp_secret *from, struct memory_secret *out)
{
    struct memory_secret made = {.name = strndup(from->name.ptr, from->name.len),
                                 .value = malloc(from->value.len + 1),
                                 .len = from->value.len};
    if (!made.name || !made.value) {
        free(made.name);
        free(made.value);
        return AMP_E_NOMEM;
    }
    if (made.len > 0) {
        memcpy(made.value, from->value.ptr, made.len);
    }
    *out = made;
    return AMP_OK;
}

/* Copies of all that will be put; on failure nothing is left. */
static amp_err secrets_copy(const struct amp_batch *batch, struct memory_secret **out)
{
    struct memory_secret *copy = calloc(batch->secret_n + 1, sizeof *copy);
    amp_err err = copy ? AMP_OK : AMP_E_NOMEM;
    for (size_t i = 0; !err && i < batch->secret_n; i++) {
        if (!batch->secret[i].removed) {
            err = secret_copy(&batch->secret[i], &copy[i]);
        }
    }
    if (err) {
        for (size_t i = 0; copy && i < batch->secret_n; i++) {
            secret_free(&copy[i]);
        }
        free(copy);
        return err;
    }
    *out = copy;
    return AMP_OK;
}

/* Room was made: this cannot fail. */
static void secret_apply(struct memory_heart *mem, const struct amp_secret *secret,
                         const struct memory_secret *copy)
{
    bool there = false;
    size_t at = secret_seek(mem, secret->name, &there);
    if (there) {
        secret_free(&mem->secret[at]);
    }
    if (there && secret->removed) {
        mem->secret_len--;
        memmove(&mem->secret[at], &mem->secret[at + 1],
                (mem->secret_len - at) * sizeof *mem->secret);
    } else if (!there && !secret->removed) {
        memmove(&mem->secret[at + 1], &mem->secret[at],
                (mem->secret_len - at) * sizeof *mem->secret);
        mem->secret_len++;
    }
    if (!secret->removed) {
        mem->secret[at] = *copy;
    }
}

/* ---- the interface ---- */

static amp_err batch_keep(struct memory_heart *mem, const struct amp_batch *batch)
{
    size_t before = mem->len;
    struct memory_secret *copy = NULL;
    amp_err err = rooms_make(mem, batch);
    err = err ? err : secrets_copy(batch, &copy);
    for (size_t i = 0; !err && i < batch->n; i++) {
        assert(batch->record[i].seq == mem->len + 1);
        err = slot_add(mem, &batch->record[i]);
    }
    if (err) {
        slots_cut(mem, before);
        for (size_t i = 0; copy && i < batch->secret_n; i++) {
            secret_free(&copy[i]);
        }
        free(copy);
        return err;
    }
    for (size_t i = 0; i < batch->node_n; i++) {
        mem->node[mem->node_len++] = batch->node[i];
    }
    for (size_t i = 0; i < batch->secret_n; i++) {
        secret_apply(mem, &batch->secret[i], &copy[i]);
    }
    free(copy);
    mem->head = batch->head ? *batch->head : mem->head;
    return AMP_OK;
}

static amp_err append_locked(struct memory_heart *mem, const struct amp_batch *batch,
                             struct amp_why *why)
{
    if (mem->dead) {
        return dead_say(why);
    }
    bool failing = mem->fault.at_append == 1;
    if (mem->fault.at_append > 0) {
        mem->fault.at_append--;
    }
    if (!failing || mem->fault.keep) {
        amp_err err = batch_keep(mem, batch);
        if (err) {
            return amp_fail(why, err, "no memory for %zu more records", batch->n);
        }
    }
    if (failing) {
        mem->dead = mem->fault.err == AMP_E_IN_DOUBT;
        return amp_fail(why, mem->fault.err, "the store was told to fail here");
    }
    return AMP_OK;
}

static amp_err memory_append(struct amp_store *store, const struct amp_batch *batch,
                             struct amp_why *why)
{
    assert(!memory_of(store)->read_only && batch->n + batch->secret_n > 0);
    assert(batch->n <= AMP_BATCH_MAX && batch->node_n <= AMP_BATCH_NODES);
    assert((batch->head != NULL) == (batch->n > 0));
    amp_err err = amp_secrets_check(batch->secret, batch->secret_n, why);
    if (err) {
        return err;
    }
    struct memory_heart *mem = heart_take(store);
    err = append_locked(mem, batch, why);
    heart_let(mem);
    return err;
}

static amp_err memory_settle(struct amp_store *store, struct amp_why *why)
{
    (void)store;
    (void)why;
    return AMP_OK;
}

static amp_err memory_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct memory_heart *mem = heart_take(store);
    bool dead = mem->dead;
    if (!dead) {
        *out = mem->head;
    }
    heart_let(mem);
    return dead ? dead_say(why) : AMP_OK;
}

static amp_err record_get(struct amp_store *store, uint64_t seq, struct amp_record *out,
                          struct amp_why *why)
{
    struct memory_heart *mem = heart_take(store);
    bool dead = mem->dead;
    bool there = seq <= mem->len && mem->slot[seq - 1].record.seq == seq;
    if (there) {
        *out = mem->slot[seq - 1].record;
    }
    heart_let(mem);
    if (dead) {
        return dead_say(why);
    }
    return there ? AMP_OK
                 : amp_fail(why, AMP_E_CORRUPT, "record %llu is missing", (unsigned long long)seq);
}

static amp_err memory_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                           amp_err (*visit)(void *ctx, const struct amp_record *record),
                           struct amp_why *why)
{
    assert(first > 0);
    for (uint64_t seq = first; seq <= last; seq++) {
        struct amp_record record;
        amp_err err = record_get(store, seq, &record, why);
        err = err ? err : visit(ctx, &record);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err memory_leaves(struct amp_store *store, uint64_t first, size_t n, uint8_t *out,
                             struct amp_why *why)
{
    for (size_t i = 0; i < n; i++) {
        struct amp_record record;
        amp_err err = record_get(store, first + i, &record, why);
        if (err) {
            return err;
        }
        memcpy(out + i * AMP_HASH, record.leaf, AMP_HASH);
    }
    return AMP_OK;
}

static bool node_get(struct amp_store *store, unsigned level, uint64_t index, uint8_t *out)
{
    struct memory_heart *mem = heart_take(store);
    size_t i = 0;
    while (i < mem->node_len && (mem->node[i].level != level || mem->node[i].index != index)) {
        i++;
    }
    bool there = i < mem->node_len && !mem->dead;
    if (there) {
        memcpy(out, mem->node[i].hash, AMP_HASH);
    }
    heart_let(mem);
    return there;
}

static amp_err memory_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                            uint8_t *out, struct amp_why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (!node_get(store, level, first + i, out + i * AMP_HASH)) {
            return amp_fail(why, AMP_E_CORRUPT, "hash %llu of level %u is missing",
                            (unsigned long long)(first + i), level);
        }
    }
    return AMP_OK;
}

static amp_err memory_secret(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                             struct amp_why *why)
{
    bool there = false;
    struct memory_heart *mem = heart_take(store);
    bool dead = mem->dead;
    size_t at = secret_seek(mem, name, &there);
    if (there && !dead) {
        amp_buf_put(out, mem->secret[at].value, mem->secret[at].len);
    }
    heart_let(mem);
    if (dead) {
        return dead_say(why);
    }
    return there ? amp_buf_err(out) : AMP_E_NOT_FOUND;
}

/* The first secret whose name begins with prefix and is behind *name; its copies go out. */
static amp_err secret_after(struct amp_store *store, struct amp_str prefix, struct amp_buf *name,
                            struct amp_buf *value, bool *out_there)
{
    bool same = false;
    struct memory_heart *mem = heart_take(store);
    bool begun = name->len > 0;
    size_t at = secret_seek(mem, begun ? amp_buf_view(name) : prefix, &same);
    at += begun && same;
    bool there = at < mem->secret_len && !mem->dead &&
                 amp_str_starts(amp_str_of(mem->secret[at].name), prefix);
    if (there) {
        amp_buf_clear(name);
        amp_buf_clear(value);
        amp_buf_text(name, mem->secret[at].name);
        amp_buf_put(value, mem->secret[at].value, mem->secret[at].len);
    }
    bool dead = mem->dead;
    heart_let(mem);
    *out_there = there;
    return dead ? AMP_E_IN_DOUBT : amp_buf_err(name) ? amp_buf_err(name) : amp_buf_err(value);
}

static amp_err memory_secrets(struct amp_store *store, struct amp_str prefix, void *ctx,
                              amp_err (*visit)(void *ctx, struct amp_str name,
                                               struct amp_str value),
                              struct amp_why *why)
{
    struct amp_buf name = amp_buf_make(AMP_SECRET_NAME_MAX);
    struct amp_buf value = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = AMP_OK;
    for (bool there = true; there && !err;) {
        err = secret_after(store, prefix, &name, &value, &there);
        if (err == AMP_E_IN_DOUBT) {
            err = dead_say(why);
        } else if (!err && there) {
            err = visit(ctx, amp_buf_view(&name), amp_buf_view(&value));
        }
    }
    if (value.data) {
        amp_wipe(value.data, value.cap);
    }
    amp_buf_free(&name);
    amp_buf_free(&value);
    return err;
}

static amp_err handle_make(struct memory_heart *heart, bool read_only, struct amp_store **out);

static amp_err memory_reader(struct amp_store *store, struct amp_store **out, struct amp_why *why)
{
    struct memory_heart *mem = heart_take(store);
    amp_err err = handle_make(mem, true, out);
    heart_let(mem);
    return err ? amp_fail(why, err, "no memory for another handle") : AMP_OK;
}

static void memory_close(struct amp_store *store)
{
    struct memory_heart *mem = heart_take(store);
    bool last = --mem->handles == 0;
    heart_let(mem);
    free(store);
    if (!last) {
        return;
    }
    slots_cut(mem, 0);
    for (size_t i = 0; i < mem->secret_len; i++) {
        secret_free(&mem->secret[i]);
    }
    free(mem->slot);
    free(mem->node);
    free(mem->secret);
    (void)pthread_mutex_destroy(&mem->lock);
    free(mem);
}

static const struct amp_store_ops memory_ops = {
    .name = "memory",
    .append = memory_append,
    .settle = memory_settle,
    .head = memory_head,
    .read = memory_read,
    .leaves = memory_leaves,
    .nodes = memory_nodes,
    .secret = memory_secret,
    .secrets = memory_secrets,
    .reader = memory_reader,
    .close = memory_close,
};

/* The lock is held, or nobody else knows the heart yet. */
static amp_err handle_make(struct memory_heart *heart, bool read_only, struct amp_store **out)
{
    struct memory_store *handle = calloc(1, sizeof *handle);
    if (!handle) {
        return AMP_E_NOMEM;
    }
    handle->base.ops = &memory_ops;
    handle->heart = heart;
    handle->read_only = read_only;
    heart->handles++;
    *out = &handle->base;
    return AMP_OK;
}

amp_err amp_store_memory(struct amp_store **out)
{
    struct memory_heart *heart = calloc(1, sizeof *heart);
    if (!heart) {
        return AMP_E_NOMEM;
    }
    const struct amp_merkle empty = {.size = 0};
    amp_merkle_root(&empty, heart->head.root);
    (void)pthread_mutex_init(&heart->lock, NULL);
    amp_err err = handle_make(heart, false, out);
    if (err) {
        (void)pthread_mutex_destroy(&heart->lock);
        free(heart);
    }
    return err;
}

/* ---- for tests ---- */

static struct memory_heart *heart_of(struct amp_store *store)
{
    assert(store->ops == &memory_ops);
    return memory_of(store)->heart;
}

void amp_store_memory_fault(struct amp_store *store, struct amp_memory_fault fault)
{
    struct memory_heart *mem = heart_take(store);
    assert(store->ops == &memory_ops);
    mem->fault = fault;
    heart_let(mem);
}

static struct memory_slot *slot_at(struct amp_store *store, uint64_t seq)
{
    struct memory_heart *mem = heart_of(store);
    assert(seq > 0 && seq <= mem->len);
    return &mem->slot[seq - 1];
}

struct amp_record *amp_store_memory_record(struct amp_store *store, uint64_t seq)
{
    return &slot_at(store, seq)->record;
}

char *amp_store_memory_body(struct amp_store *store, uint64_t seq)
{
    return slot_at(store, seq)->body;
}

struct amp_head *amp_store_memory_head(struct amp_store *store)
{
    return &heart_of(store)->head;
}

struct amp_node *amp_store_memory_node(struct amp_store *store, size_t i)
{
    assert(i < heart_of(store)->node_len);
    return &heart_of(store)->node[i];
}

void amp_store_memory_drop(struct amp_store *store, uint64_t seq)
{
    slot_at(store, seq)->record.seq = 0;
}
