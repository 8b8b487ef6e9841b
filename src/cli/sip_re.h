/* The headers of libre that the SIP door uses: its JSON and jansson's have names in common. */
#ifndef AMP_CLI_SIP_RE_H
#define AMP_CLI_SIP_RE_H

/* Else libre makes a bool of its own, and structs differ between files. */
#ifndef HAVE_STDBOOL_H
#define HAVE_STDBOOL_H 1
#endif

/* Each stands on those before it. */
/* clang-format off */
#include <stdint.h>
#include <re_types.h>
#include <re_fmt.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_msg.h>
#include <re_tmr.h>
#include <re_main.h>
#include <re_sys.h>
#include <re_udp.h>
#include <re_sip.h>
/* clang-format on */

#endif
