/*
 * The store in memory: the simplest one that keeps the contract, for exercises and tests.
 *
 * Nothing here outlives the process. Record i is slot[i - 1]; a slot whose seq is 0 is missing.
 */
#include "journal/memory.h"

#include "journal/merkle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct memory_slot {
    struct amp_record record;
    char *body; /* owned */
};

struct memory_store {
    struct amp_store base;
    struct memory_slot *slot;
    size_t len, cap;
    struct amp_head head;
    struct amp_memory_fault fault;
    bool dead;
};

static struct memory_store *memory_of(struct amp_store *store)
{
    return (struct memory_store *)store; /* base is its first member */
}

static amp_err slots_reserve(struct memory_store *mem, size_t more)
{
    if (mem->len + more <= mem->cap) {
        return AMP_OK;
    }
    size_t cap = mem->cap ? mem->cap * 2 : 64;
    while (cap < mem->len + more) {
        cap *= 2;
    }
    struct memory_slot *slot = reallocarray(mem->slot, cap, sizeof *slot);
    if (!slot) {
        return AMP_E_NOMEM;
    }
    mem->slot = slot;
    mem->cap = cap;
    return AMP_OK;
}

static void slots_cut(struct memory_store *mem, size_t len)
{
    while (mem->len > len) {
        mem->len--;
        free(mem->slot[mem->len].body);
    }
}

static amp_err slot_add(struct memory_store *mem, const struct amp_record *record)
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

static amp_err records_keep(struct memory_store *mem, const struct amp_record *record, size_t n,
                            const struct amp_head *head)
{
    size_t before = mem->len;
    amp_err err = slots_reserve(mem, n);
    for (size_t i = 0; !err && i < n; i++) {
        assert(record[i].seq == mem->len + 1);
        err = slot_add(mem, &record[i]);
    }
    if (err) {
        slots_cut(mem, before);
        return err;
    }
    mem->head = *head;
    return AMP_OK;
}

static amp_err memory_append(struct amp_store *store, const struct amp_record *record, size_t n,
                             const struct amp_head *head, struct amp_why *why)
{
    struct memory_store *mem = memory_of(store);
    assert(n > 0 && n <= AMP_BATCH_MAX);
    if (mem->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
    }
    bool failing = mem->fault.at_append == 1;
    if (mem->fault.at_append > 0) {
        mem->fault.at_append--;
    }
    if (!failing || mem->fault.keep) {
        amp_err err = records_keep(mem, record, n, head);
        if (err) {
            return amp_fail(why, err, "no memory for %zu more records", n);
        }
    }
    if (failing) {
        mem->dead = mem->fault.err == AMP_E_IN_DOUBT;
        return amp_fail(why, mem->fault.err, "the store was told to fail here");
    }
    return AMP_OK;
}

static amp_err memory_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct memory_store *mem = memory_of(store);
    if (mem->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
    }
    *out = mem->head;
    return AMP_OK;
}

static amp_err memory_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                           amp_err (*visit)(void *ctx, const struct amp_record *record),
                           struct amp_why *why)
{
    struct memory_store *mem = memory_of(store);
    assert(first > 0);
    if (mem->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
    }
    for (uint64_t seq = first; seq <= last; seq++) {
        if (seq > mem->len || mem->slot[seq - 1].record.seq != seq) {
            return amp_fail(why, AMP_E_CORRUPT, "record %llu is missing", (unsigned long long)seq);
        }
        amp_err err = visit(ctx, &mem->slot[seq - 1].record);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static void memory_close(struct amp_store *store)
{
    struct memory_store *mem = memory_of(store);
    slots_cut(mem, 0);
    free(mem->slot);
    free(mem);
}

static const struct amp_store_ops memory_ops = {
    .name = "memory",
    .append = memory_append,
    .head = memory_head,
    .read = memory_read,
    .close = memory_close,
};

amp_err amp_store_memory(struct amp_store **out)
{
    struct memory_store *mem = calloc(1, sizeof *mem);
    if (!mem) {
        return AMP_E_NOMEM;
    }
    mem->base.ops = &memory_ops;
    struct amp_merkle empty = {.size = 0};
    amp_merkle_root(&empty, mem->head.root);
    *out = &mem->base;
    return AMP_OK;
}

void amp_store_memory_fault(struct amp_store *store, struct amp_memory_fault fault)
{
    assert(store->ops == &memory_ops);
    memory_of(store)->fault = fault;
}

static struct memory_slot *slot_at(struct amp_store *store, uint64_t seq)
{
    struct memory_store *mem = memory_of(store);
    assert(store->ops == &memory_ops && seq > 0 && seq <= mem->len);
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
    assert(store->ops == &memory_ops);
    return &memory_of(store)->head;
}

void amp_store_memory_drop(struct amp_store *store, uint64_t seq)
{
    slot_at(store, seq)->record.seq = 0;
}
