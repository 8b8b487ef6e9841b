/* Fuzz: the body of a command (the first byte chooses the kind); what is read passes the check. */
#include "base/arena.h"
#include "model/event.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_command command = {.actor = AMP_STR("desk")};
    struct amp_why why = {{0}};
    if (size > 0) {
        command.kind = (enum amp_command_kind)(data[0] % AMP_CMD_COUNT);
        struct amp_str body = {(const char *)data + 1, size - 1};
        if (!amp_command_read(command.kind, body, 0, &arena, &command.f, &why)) {
            amp_err err = amp_command_check(&command, &why);
            assert(!err);
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
