/* The text of demo/cards.txt, compiled in (tools/embed writes its definition). */
#ifndef AMP_RESPONSE_CARD_TEXT_H
#define AMP_RESPONSE_CARD_TEXT_H

#include <stddef.h>

extern const unsigned char amp_card_text[];
extern const size_t amp_card_text_len;

#endif
