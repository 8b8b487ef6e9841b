/* The text of demo/plans.txt, compiled in (tools/embed writes its definition). */
#ifndef AMP_RESPONSE_PLAN_TEXT_H
#define AMP_RESPONSE_PLAN_TEXT_H

#include <stddef.h>

extern const unsigned char amp_plan_text[];
extern const size_t amp_plan_text_len;

#endif
