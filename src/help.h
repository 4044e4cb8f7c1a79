/* What `wserve --help` prints. */
#ifndef HELP_H
#define HELP_H

/* On standard output. */
void print_help(void);

/* The name of an option as it stands behind "--": with dashes, a copy for free(). NULL when there
 * is no memory. */
char* with_dashes(const char* prefix, const char* name);
/* "_" becomes "-", up to the "=" if there is one. */
void spell_with_dashes(char* name);

#endif
