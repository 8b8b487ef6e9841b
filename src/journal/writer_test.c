/* The writer answers in order, after the disk, and says the first failure to everybody. */
#include "base/buf.h"
#include "journal/memory.h"
#include "journal/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    THREADS = 8,
    EACH = 2000
};

struct answers; /* of one thread */

struct asked {
    struct answers *answers;
    struct amp_draft draft[3];
    struct amp_submission sub;
    size_t index;
    amp_err err;
    uint64_t first;
};

struct answers {
    struct amp_writer *writer;
    struct asked asked[EACH];
    size_t thread;
    size_t len; /* how many were answered; only the writer's thread counts */
    bool in_order;
    uint64_t last_seq;
};

static void answer_note(void *ctx, amp_err err, uint64_t first)
{
    struct asked *asked = ctx;
    struct answers *answers = asked->answers;
    asked->err = err;
    asked->first = first;
    if (asked->index != answers->len || (first > 0 && first <= answers->last_seq)) {
        answers->in_order = false;
    }
    if (first > 0) {
        answers->last_seq = first + asked->sub.n - 1;
    }
    answers->len++;
}

/* Submission i has i % 4 records; the bodies are all the same. */
static void asked_make(struct answers *answers, size_t i)
{
    struct asked *asked = &answers->asked[i];
    asked->answers = answers;
    asked->index = i;
    for (size_t k = 0; k < 3; k++) {
        asked->draft[k] = (struct amp_draft){.body = AMP_STR("a unit is on its way")};
    }
    asked->sub = (struct amp_submission){
        .draft = asked->draft, .n = i % 4, .ctx = asked, .done = answer_note};
}

static void *thread_submit(void *arg)
{
    struct answers *answers = arg;
    for (size_t i = 0; i < EACH; i++) {
        asked_make(answers, i);
        amp_err err = amp_writer_submit(answers->writer, &answers->asked[i].sub);
        if (err) {
            abort(); /* EACH * THREADS fit the queue */
        }
    }
    return NULL;
}

struct world {
    struct amp_store *store;
    struct amp_journal *journal;
    struct amp_writer *writer;
    struct answers *answers; /* THREADS of them */
};

static void world_begin(struct world *world, struct amp_memory_fault fault)
{
    uint64_t bad = 0;
    assert_int_equal(amp_store_memory(&world->store), AMP_OK);
    amp_store_memory_fault(world->store, fault);
    assert_int_equal(amp_journal_open(world->store, NULL, NULL, &world->journal, &bad, NULL),
                     AMP_OK);
    assert_int_equal(amp_writer_start(world->journal, &world->writer), AMP_OK);
    world->answers = calloc(THREADS, sizeof *world->answers);
    assert_non_null(world->answers);
    for (size_t i = 0; i < THREADS; i++) {
        world->answers[i].writer = world->writer;
        world->answers[i].thread = i;
        world->answers[i].in_order = true;
    }
}

static void world_end(struct world *world)
{
    amp_journal_close(world->journal);
    amp_store_close(world->store);
    free(world->answers);
}

static void threads_run(struct world *world)
{
    pthread_t thread[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, thread_submit, &world->answers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
    }
    amp_writer_stop(world->writer);
}

static void each_thread_is_answered_in_its_order(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world, (struct amp_memory_fault){.at_append = 0});
    threads_run(&world);
    bool *taken = calloc(THREADS * EACH * 3 + 1, sizeof *taken);
    assert_non_null(taken);
    size_t records = 0;
    for (size_t t = 0; t < THREADS; t++) {
        const struct answers *answers = &world.answers[t];
        assert_true(answers->in_order);
        assert_int_equal(answers->len, EACH);
        for (size_t i = 0; i < EACH; i++) {
            const struct asked *asked = &answers->asked[i];
            assert_int_equal(asked->err, AMP_OK);
            assert_int_equal(asked->first != 0, asked->sub.n != 0);
            for (size_t k = 0; k < asked->sub.n; k++) {
                assert_false(taken[asked->first + k]); /* a number is given once */
                taken[asked->first + k] = true;
                records++;
            }
        }
    }
    assert_int_equal(amp_journal_head(world.journal).size, records);
    free(taken);
    world_end(&world);
}

/* A store whose append waits to be let through: the moment before the disk has answered. */
struct gate {
    struct amp_store base;
    struct amp_store *inner;
    sem_t arrived, leave;
    size_t appends;
};

static amp_err gate_append(struct amp_store *store, const struct amp_batch *batch,
                           struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    sem_post(&gate->arrived);
    sem_wait(&gate->leave);
    gate->appends++;
    return gate->inner->ops->append(gate->inner, batch, why);
}

static amp_err gate_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->head(gate->inner, out, why);
}

static amp_err gate_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                         amp_err (*visit)(void *ctx, const struct amp_record *record),
                         struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->read(gate->inner, first, last, ctx, visit, why);
}

static amp_err gate_settle(struct amp_store *store, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->settle(gate->inner, why);
}

static amp_err gate_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                          uint8_t *out, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->nodes(gate->inner, level, first, n, out, why);
}

static void gate_close(struct amp_store *store)
{
    struct gate *gate = (struct gate *)store;
    amp_store_close(gate->inner);
    sem_destroy(&gate->arrived);
    sem_destroy(&gate->leave);
}

static const struct amp_store_ops gate_ops = {.name = "gate",
                                              .append = gate_append,
                                              .settle = gate_settle,
                                              .nodes = gate_nodes,
                                              .head = gate_head,
                                              .read = gate_read,
                                              .close = gate_close};

struct order { /* the submissions in the order of their answers */
    sem_t answered;
    size_t len;
    int mark[64];
    amp_err err[64];
    uint64_t first[64];
};

struct one {
    struct order *order;
    int mark;
    struct amp_draft draft;
    struct amp_submission sub;
};

static void one_note(void *ctx, amp_err err, uint64_t first)
{
    struct one *one = ctx;
    struct order *order = one->order;
    order->mark[order->len] = one->mark;
    order->err[order->len] = err;
    order->first[order->len] = first;
    order->len++;
    sem_post(&order->answered);
}

static void one_submit(struct amp_writer *writer, struct order *order, struct one *one, int mark,
                       size_t n)
{
    *one = (struct one){.order = order, .mark = mark, .draft = {.body = AMP_STR("help")}};
    one->sub = (struct amp_submission){.draft = &one->draft, .n = n, .ctx = one, .done = one_note};
    assert_int_equal(amp_writer_submit(writer, &one->sub), AMP_OK);
}

struct gated {
    struct gate gate;
    struct amp_journal *journal;
    struct amp_writer *writer;
    struct order order;
    struct one one[64];
};

static void gated_begin(struct gated *gated)
{
    uint64_t bad = 0;
    *gated = (struct gated){.gate = {.base = {.ops = &gate_ops}}};
    sem_init(&gated->gate.arrived, 0, 0);
    sem_init(&gated->gate.leave, 0, 0);
    sem_init(&gated->order.answered, 0, 0);
    assert_int_equal(amp_store_memory(&gated->gate.inner), AMP_OK);
    assert_int_equal(amp_journal_open(&gated->gate.base, NULL, NULL, &gated->journal, &bad, NULL),
                     AMP_OK);
    assert_int_equal(amp_writer_start(gated->journal, &gated->writer), AMP_OK);
}

static void gated_end(struct gated *gated)
{
    amp_journal_close(gated->journal);
    amp_store_close(&gated->gate.base);
    sem_destroy(&gated->order.answered);
}

/* While the first commit is at the disk, 40 more come: empty and not. Nobody is answered before the
 * disk, the empty ones wait their turn, and the 40 share one commit. */
static void an_empty_submission_waits_for_those_before_it(void **state)
{
    (void)state;
    struct gated gated;
    gated_begin(&gated);
    one_submit(gated.writer, &gated.order, &gated.one[0], 0, 1);
    sem_wait(&gated.gate.arrived);
    for (int i = 1; i <= 40; i++) {
        one_submit(gated.writer, &gated.order, &gated.one[i], i, i % 2 == 0 ? 1 : 0);
    }
    assert_int_equal(sem_trywait(&gated.order.answered), -1);
    sem_post(&gated.gate.leave);
    sem_wait(&gated.order.answered); /* the first; the second commit is now held */
    sem_wait(&gated.gate.arrived);
    assert_int_equal(sem_trywait(&gated.order.answered), -1);
    sem_post(&gated.gate.leave);
    amp_writer_stop(gated.writer);
    assert_int_equal(gated.order.len, 41);
    assert_int_equal(gated.gate.appends, 2);
    for (int i = 0; i <= 40; i++) {
        assert_int_equal(gated.order.mark[i], i);
        assert_int_equal(gated.order.err[i], AMP_OK);
        assert_int_equal(gated.order.first[i], i % 2 == 0 ? 1 + i / 2 : 0);
    }
    gated_end(&gated);
}

/* Three that wait share a commit; what they say of one name is applied in their order, and one of
 * them has no record. */
static void secrets_of_one_commit_are_applied_in_order(void **state)
{
    (void)state;
    struct gated gated;
    struct amp_buf buf = amp_buf_make(100);
    static const struct amp_secret secret[3] = {
        {.name = {.ptr = "a", .len = 1}, .value = {.ptr = "one", .len = 3}},
        {.name = {.ptr = "a", .len = 1}, .removed = true},
        {.name = {.ptr = "a", .len = 1}, .value = {.ptr = "two", .len = 3}}};
    gated_begin(&gated);
    one_submit(gated.writer, &gated.order, &gated.one[0], 0, 1);
    sem_wait(&gated.gate.arrived);
    for (int i = 1; i <= 3; i++) {
        struct one *one = &gated.one[i];
        *one = (struct one){.order = &gated.order, .mark = i, .draft = {.body = AMP_STR("help")}};
        one->sub = (struct amp_submission){.draft = &one->draft,
                                           .n = i == 2 ? 0 : 1,
                                           .secret = &secret[i - 1],
                                           .secret_n = 1,
                                           .ctx = one,
                                           .done = one_note};
        assert_int_equal(amp_writer_submit(gated.writer, &one->sub), AMP_OK);
    }
    sem_post(&gated.gate.leave);
    sem_post(&gated.gate.leave);
    amp_writer_stop(gated.writer);
    assert_int_equal(gated.gate.appends, 2);
    assert_int_equal(gated.order.first[1], 2);
    assert_int_equal(gated.order.first[2], 0);
    assert_int_equal(gated.order.first[3], 3);
    struct amp_store *inner = gated.gate.inner;
    assert_int_equal(inner->ops->secret(inner, AMP_STR("a"), &buf, NULL), AMP_OK);
    assert_true(amp_str_is(amp_buf_view(&buf), "two"));
    amp_buf_free(&buf);
    gated_end(&gated);
}

static void secrets_that_no_store_takes_are_refused_at_the_door(void **state)
{
    (void)state;
    struct gated gated;
    const struct amp_secret secret = {.name = AMP_STR("a b"), .value = AMP_STR("x")};
    struct one one = {.order = &gated.order};
    one.sub =
        (struct amp_submission){.secret = &secret, .secret_n = 1, .ctx = &one, .done = one_note};
    gated_begin(&gated);
    assert_int_equal(amp_writer_submit(gated.writer, &one.sub), AMP_E_RANGE);
    one.sub.secret_n = AMP_SECRETS_BATCH + 1;
    assert_int_equal(amp_writer_submit(gated.writer, &one.sub), AMP_E_LIMIT);
    amp_writer_stop(gated.writer);
    assert_int_equal(gated.order.len, 0);
    gated_end(&gated);
}

static void the_first_failure_is_the_answer_to_all_that_follow(void **state)
{
    (void)state;
    struct gated gated;
    gated_begin(&gated);
    amp_store_memory_fault(gated.gate.inner,
                           (struct amp_memory_fault){.at_append = 3, .err = AMP_E_FULL});
    assert_string_equal(amp_writer_why(gated.writer).text, "");
    for (int i = 0; i < 6; i++) {
        one_submit(gated.writer, &gated.order, &gated.one[i], i, i == 4 ? 0 : 1);
        sem_post(&gated.gate.leave);
        sem_wait(&gated.order.answered);
    }
    assert_string_equal(amp_writer_why(gated.writer).text, "the store was told to fail here");
    amp_writer_stop(gated.writer);
    assert_int_equal(gated.gate.appends, 3); /* after the failure nothing is written */
    for (int i = 0; i < 6; i++) {
        assert_int_equal(gated.order.err[i], i < 2 ? AMP_OK : AMP_E_FULL);
        assert_int_equal(gated.order.first[i], i < 2 ? i + 1 : 0);
    }
    assert_int_equal(amp_journal_head(gated.journal).size, 2);
    gated_end(&gated);
}

static void a_record_too_large_is_refused_at_the_door(void **state)
{
    (void)state;
    struct gated gated;
    gated_begin(&gated);
    struct one one = {.order = &gated.order,
                      .draft = {.body = {.ptr = "", .len = AMP_RECORD_MAX + 1}}};
    one.sub = (struct amp_submission){.draft = &one.draft, .n = 1, .ctx = &one, .done = one_note};
    assert_int_equal(amp_writer_submit(gated.writer, &one.sub), AMP_E_LIMIT);
    amp_writer_stop(gated.writer);
    assert_int_equal(gated.order.len, 0);
    gated_end(&gated);
}

static void count_note(void *ctx, amp_err err, uint64_t first)
{
    size_t *answered = ctx;
    (void)first;
    if (!err) {
        (*answered)++;
    }
}

static void a_full_queue_says_busy_and_loses_nothing(void **state)
{
    (void)state;
    struct gated gated;
    size_t answered = 0;
    gated_begin(&gated);
    struct amp_draft draft = {.body = AMP_STR("help")};
    struct amp_submission sub = {.draft = &draft, .n = 1, .ctx = &answered, .done = count_note};
    assert_int_equal(amp_writer_submit(gated.writer, &sub), AMP_OK);
    sem_wait(&gated.gate.arrived); /* one is at the disk, the queue is empty */
    for (size_t i = 0; i < AMP_WRITER_QUEUE; i++) {
        assert_int_equal(amp_writer_submit(gated.writer, &sub), AMP_OK);
    }
    assert_int_equal(amp_writer_submit(gated.writer, &sub), AMP_E_BUSY);
    for (size_t i = 0; i < 1 + AMP_WRITER_QUEUE / AMP_BATCH_MAX; i++) {
        sem_post(&gated.gate.leave);
    }
    amp_writer_stop(gated.writer);
    assert_int_equal(answered, 1 + AMP_WRITER_QUEUE);
    assert_int_equal(gated.gate.appends, 1 + AMP_WRITER_QUEUE / AMP_BATCH_MAX);
    gated_end(&gated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_is_answered_in_its_order),
        cmocka_unit_test(an_empty_submission_waits_for_those_before_it),
        cmocka_unit_test(a_record_too_large_is_refused_at_the_door),
        cmocka_unit_test(a_full_queue_says_busy_and_loses_nothing),
        cmocka_unit_test(secrets_of_one_commit_are_applied_in_order),
        cmocka_unit_test(secrets_that_no_store_takes_are_refused_at_the_door),
        cmocka_unit_test(the_first_failure_is_the_answer_to_all_that_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
