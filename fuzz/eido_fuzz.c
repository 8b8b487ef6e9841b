/* Any bytes as an EIDO message: its model, its view, and the call it may carry. */
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    door_check("eido", data, size);
    return 0;
}
