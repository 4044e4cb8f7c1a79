/* A folder that is served: finds the files below it, and nothing else. */
#ifndef FOLDER_H
#define FOLDER_H

struct folder;

/* NULL with errno when it is no folder, or cannot be opened. */
struct folder* folder_open(const char* root, int serves_dotfiles);
void folder_close(struct folder* folder);

enum { FOLDER_NOT_FOUND = -1, FOLDER_NEEDS_SLASH = -2 };

/* Opens the regular file that a path leads to, the index page for a path that ends with a slash. No
 * link is followed, nothing waits, and what is no file (a device, a socket) is never opened. Any
 * thread.
 *
 * A descriptor; FOLDER_NEEDS_SLASH for a folder; FOLDER_NOT_FOUND with errno. */
int folder_find(struct folder* folder, const char* path);

#endif
