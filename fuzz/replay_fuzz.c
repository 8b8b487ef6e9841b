/* Any bytes as the rows of a service's call records, folded through the state machine. */
#include "exercise/replay.h"

#include <string.h>

static const char head[] =
    "Call Number,Unit ID,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,"
    "On Scene DtTm,Transport DtTm,Hospital DtTm,Available DtTm,Address,Priority,Unit "
    "Type,Location\n"
    "7,M1,Medical Incident,04/07/2020 11:53:08 PM,04/07/2020 11:55:30 PM,04/07/2020 11:55:56 PM,"
    ",,,,2020-04-08T00:10:00Z,here,2,MEDIC,\"(1.5, 2.5)\"\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct amp_plans *plans; /* one for all inputs: fuzzing only */
    if (plans == NULL && amp_plans_builtin(&plans) != AMP_OK) {
        return 0;
    }
    struct amp_buf csv = amp_buf_make(1 << 20);
    amp_buf_put(&csv, head, strlen(head));
    amp_buf_put(&csv, data, size);
    struct amp_arena arena = amp_arena_make(64 << 20);
    struct amp_replay replay = {0};
    struct amp_why why = {0};
    struct amp_replay_input input = {.csv = amp_buf_view(&csv), .plans = plans};
    (void)!amp_replay_run(&input, &arena, &replay, &why);
    amp_arena_drop(&arena);
    amp_buf_free(&csv);
    return 0;
}
