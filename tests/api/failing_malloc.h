/* Memory that runs out when a test wants it: link it in, and its allocator stands in front of the C
 * library's own, for the library under test too. Not for sanitizers, which have their own. */
#ifndef API_FAILING_MALLOC_H
#define API_FAILING_MALLOC_H

/* The allocation behind the next `count` ones fails, once: of this thread, or of all others. */
void malloc_fail_here(long count);
void malloc_fail_elsewhere(long count);
/* No more will fail; true when one has. */
int malloc_fail_no_more(void);

#endif
