/* Dates of HTTP for the bundled apps: the library's own functions, which no locale changes. */
#ifndef DATES_H
#define DATES_H

#ifdef __cplusplus
extern "C" {
#endif

enum { DATE_SIZE = 30 }; /* with the NUL */

/* "Sun, 06 Nov 1994 08:49:37 GMT" of so many seconds since 1970. 0 when the year has no four digits
 * (RFC 9110 §5.6.7): there is no date for it then. */
int write_date(long long seconds, char text[DATE_SIZE]);

/* Reads any of the three forms; 0 when it is none of them. `now` decides about two-digit years. */
int read_date(const char* text, long long now, long long* seconds);

#ifdef __cplusplus
}
#endif

#endif
