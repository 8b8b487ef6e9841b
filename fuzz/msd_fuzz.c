/* Any bytes as a minimum set of data of eCall, and what is said of it. */
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    door_check("msd", data, size);
    return 0;
}
