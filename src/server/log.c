/* Writes log lines, each with one write so that lines of several threads do not mix. */
#include "server/log.h"
#include "base/timefmt.h"
#include "server/clock.h"
#include <stdio.h>

enum {
    LINE_MAX = 1024,
    SENTENCE_MAX = 600
};

void amp_log(bool quiet, enum amp_log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = {"info", "warn", "error"};
    if (quiet && level == AMP_LOG_INFO) {
        return;
    }
    char sentence[SENTENCE_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, args);
    va_end(args);
    for (char *at = sentence; *at != '\0'; at++) {
        if (*at == '"' || (unsigned char)*at < ' ') {
            *at = '\'';
        }
    }
    char when[AMP_TIME_TEXT];
    struct amp_clock clock = amp_clock_real();
    amp_time_text(clock.now_us(clock.ctx), when);
    char line[LINE_MAX];
    (void)snprintf(line, sizeof line, "time=%s level=%s event=%s detail=\"%s\"\n", when,
                   names[level], event, sentence);
    (void)fputs(line, stderr);
}
