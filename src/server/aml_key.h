/*
 * Whether an AML message over HTTPS was signed with the key that its sender and we share.
 *
 * The last field of the form is hmac: forty hexadecimal digits, the HMAC-SHA1 (RFC 2104) of all
 * bytes before "&hmac=". So Google's Emergency Location Service specifies it.
 */
#ifndef AMP_SERVER_AML_KEY_H
#define AMP_SERVER_AML_KEY_H

#include "base/str.h"

enum {
    AMP_AML_KEY_MAX = 256
};

/* Takes as long for a wrong signature as for the right one. */
bool amp_aml_signed(struct amp_str form, struct amp_str key);

#endif
