/*
 * The server's own log: one structured line a happening, on stderr. Never personal data: no
 * numbers, names, words, positions or queries; routes are named by their pattern.
 */
#ifndef AMP_SERVER_LOG_H
#define AMP_SERVER_LOG_H

#include "base/err.h"
#include <stdbool.h>

enum amp_log_level {
    AMP_LOG_INFO,
    AMP_LOG_WARN,
    AMP_LOG_ERROR
};

/* time=... level=warn event=word detail="sentence"; `quiet` keeps back AMP_LOG_INFO. */
void amp_log(bool quiet, enum amp_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
