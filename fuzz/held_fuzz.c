/* Any bytes as a message of HELD, and what is said of it. */
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    door_check("held", data, size);
    return 0;
}
