/* Any bytes as an AML message, and what is said of it. */
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    door_check("aml", data, size);
    return 0;
}
