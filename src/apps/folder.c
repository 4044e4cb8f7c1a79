/* Finding files: the folder may be another since the last request. */
#define _GNU_SOURCE
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/resource.h>

enum { FOLDER_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC };

struct folder {
  char* path; /* absolute; links in it stay what they are */
  int serves_dotfiles;
  pthread_mutex_t mutex; /* for the two below */
  int fd;
  struct stat opened; /* what `fd` is */
};

static char* make_absolute(const char* path) {
  if (path[0] == '/') {
    return strdup(path);
  }
  char* here = getcwd(NULL, 0);
  char* absolute = NULL;
  if (here != NULL && asprintf(&absolute, "%s/%s", here, path) < 0) {
    absolute = NULL;
  }
  free(here);
  return absolute;
}

/* Takes what the path leads to now in place of what was open before. */
static int open_again(struct folder* folder) {
  struct stat opened;
  const int fd = open(folder->path, FOLDER_FLAGS);
  if (fd < 0 || fstat(fd, &opened) != 0) {
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  if (folder->fd >= 0) {
    close(folder->fd);
  }
  folder->fd = fd;
  folder->opened = opened;
  return 0;
}

struct folder* folder_open(const char* root, int serves_dotfiles) {
  struct folder* folder = calloc(1, sizeof *folder);
  if (folder == NULL) {
    return NULL;
  }
  pthread_mutex_init(&folder->mutex, NULL);
  folder->serves_dotfiles = serves_dotfiles;
  folder->fd = -1;
  errno = *root != '\0' ? 0 : ENOENT;
  folder->path = *root != '\0' ? make_absolute(root) : NULL;
  if (folder->path == NULL || open_again(folder) != 0) {
    const int error = errno;
    folder_close(folder);
    errno = error;
    return NULL;
  }
  return folder;
}

void folder_close(struct folder* folder) {
  if (folder->fd >= 0) {
    close(folder->fd);
  }
  pthread_mutex_destroy(&folder->mutex);
  free(folder->path);
  free(folder);
}

/* A descriptor of the folder. A link on its path may lead elsewhere since the last request, as a
 * deployment swaps it; while the path leads nowhere, the folder stays the one that it was. */
static int open_top(struct folder* folder) {
  struct stat now;
  const int is_there = stat(folder->path, &now) == 0;
  pthread_mutex_lock(&folder->mutex);
  if (is_there && (now.st_dev != folder->opened.st_dev || now.st_ino != folder->opened.st_ino)) {
    open_again(folder);
  }
  const int fd = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
  const int error = errno;
  pthread_mutex_unlock(&folder->mutex);
  errno = error;
  return fd;
}

/* What begins with a dot is for the owner (.git, .htpasswd), but for what RFC 8615 has at the top.
 */
static int is_hidden(const struct folder* folder, const char* path) {
  static const char well_known[] = ".well-known";
  int is_at_top = 1;
  path += strspn(path, "/");
  while (*path != '\0' && !folder->serves_dotfiles) {
    const size_t size = strcspn(path, "/");
    const int is_well_known = size == strlen(well_known) && strncmp(path, well_known, size) == 0;
    if (path[0] == '.' && !(is_at_top && is_well_known)) {
      return 1;
    }
    is_at_top = 0;
    path += size;
    path += strspn(path, "/");
  }
  return 0;
}

/* The page that stands for a folder, which was asked for as one. */
static int open_index(int top, const char* path) {
  char* index = NULL;
  int fd = FOLDER_NOT_FOUND;
  if (asprintf(&index, "%sindex.html", path) < 0) {
    errno = ENOMEM;
    return FOLDER_NOT_FOUND;
  }
  if (ws_file_open(top, index, &fd) != WS_OK) {
    errno = errno == EISDIR ? ENOENT : errno;
  }
  free(index);
  return fd;
}

static int open_file(int top, const char* path) {
  int fd = FOLDER_NOT_FOUND;
  if (ws_file_open(top, path, &fd) != WS_OK && errno == EISDIR) {
    return FOLDER_NEEDS_SLASH;
  }
  return fd;
}

int folder_find(struct folder* folder, const char* path) {
  const size_t size = strlen(path);
  if (is_hidden(folder, path)) {
    errno = ENOENT;
    return FOLDER_NOT_FOUND;
  }
  const int top = open_top(folder);
  if (top < 0) {
    return FOLDER_NOT_FOUND;
  }
  const int is_folder = size == 0 || path[size - 1] == '/';
  const int fd = is_folder ? open_index(top, path) : open_file(top, path);
  const int error = errno;
  close(top);
  errno = error;
  return fd;
}
